package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Created is an object that came to a bucket.
type Created struct {
	Bucket, Key string
	Size        int64
	ETag        string // in quotes, as a listing has it
	Time        time.Time
}

// message holds the fields of all the forms in which SQS can hand on what S3
// tells: S3's own, the same in an envelope of SNS, and EventBridge's.
// Source: Amazon S3 User Guide, "Event message structure" and "EventBridge event
// message structure"; Amazon SNS Developer Guide, "Amazon SNS message formats".
type message struct {
	// S3's own.
	Records []struct {
		EventSource, EventName string
		EventTime              time.Time
		S3                     struct {
			Bucket struct{ Name string }
			Object struct {
				Key  string
				Size int64
				ETag string
			}
		}
	}
	Service, Event string // of the test that S3 sends when the notifications are set up

	// SNS's.
	Type, Message string

	// EventBridge's.
	Source     string
	DetailType string `json:"detail-type"`
	Time       time.Time
	Detail     struct {
		Bucket struct{ Name string }
		Object struct {
			Key  string
			Size int64
			ETag string
		}
	}
}

// errForm says that a message is none of S3's.
var errForm = errors.New("it is no notification of S3 about objects")

// parse reads what a message says was created: nothing in S3's test message and
// in notifications about anything else.
func parse(body string) ([]Created, error) { return parseIn(body, false) }

func parseIn(body string, envelope bool) ([]Created, error) {
	var m message
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return nil, errForm
	}
	switch {
	case m.Records != nil:
		return m.records()
	case m.Event == "s3:TestEvent":
		return nil, nil
	case m.Source == "aws.s3":
		if m.DetailType != "Object Created" {
			return nil, nil
		}
		c, err := created(m.Detail.Bucket.Name, m.Detail.Object.Key, m.Detail.Object.ETag, m.Detail.Object.Size, m.Time)
		if err != nil {
			return nil, err
		}
		return []Created{c}, nil
	case m.Type == "Notification" && m.Message != "" && !envelope:
		return parseIn(m.Message, true)
	}
	return nil, errForm
}

// records are the objects of S3's own form, where keys are encoded as in a form
// of HTML.
func (m *message) records() ([]Created, error) {
	var list []Created
	for _, r := range m.Records {
		if r.EventSource != "aws:s3" {
			return nil, errForm
		}
		if name := strings.TrimPrefix(r.EventName, "s3:"); !strings.HasPrefix(name, "ObjectCreated:") {
			continue
		}
		key, err := url.QueryUnescape(r.S3.Object.Key)
		if err != nil {
			return nil, fmt.Errorf("the key %q cannot be decoded", r.S3.Object.Key)
		}
		c, err := created(r.S3.Bucket.Name, key, r.S3.Object.ETag, r.S3.Object.Size, r.EventTime)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func created(bucket, key, etag string, size int64, at time.Time) (Created, error) {
	if bucket == "" || key == "" || etag == "" {
		return Created{}, errors.New("it lacks the bucket, the key or the ETag")
	}
	return Created{Bucket: bucket, Key: key, Size: size, ETag: `"` + strings.Trim(etag, `"`) + `"`, Time: at}, nil
}
