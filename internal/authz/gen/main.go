// Command gen builds the data that package authz embeds.
package main

func main() {}
