// A projection of the contacts topic: contacts with an email, by contact id. The greatest version of each contact wins, whatever records
// come, how often, and from which start. A database stores the version and the member in one transaction.
//
//	go run . localhost:9092 contact-sync.contacts.v1
//
// reads the topic to its present end and prints the list as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

type member struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// The versions are also those of deleted contacts, so that a late repetition does not bring one back.
type mailingList struct {
	members  map[int64]member
	versions map[int64]int64
}

var eventType = regexp.MustCompile(`^contact-sync\.(Contact(?:Created|Updated|Deleted))\.v(\d+)$`)

func (list *mailingList) apply(record *kgo.Record) error {
	kind := eventType.FindStringSubmatch(header(record, "ce_type"))
	if kind == nil || record.Value == nil { // an event that this reader does not know, or a tombstone
		return nil
	}
	if kind[2] != "1" {
		return fmt.Errorf("no reader here for %s", kind[0])
	}
	var data struct {
		ContactID int64 `json:"contact_id"`
		Version   int64
		Contact   *struct { // nil in ContactDeleted
			FullName string `json:"full_name"`
			Email    *string
		}
	}
	if err := json.Unmarshal(record.Value, &data); err != nil {
		return err
	}
	if string(record.Key) != strconv.FormatInt(data.ContactID, 10) {
		return fmt.Errorf("key: must be the contact id")
	}
	if data.Version <= list.versions[data.ContactID] {
		return nil
	}
	if data.Contact != nil && data.Contact.Email != nil {
		list.members[data.ContactID] = member{data.Contact.FullName, *data.Contact.Email}
	} else {
		delete(list.members, data.ContactID)
	}
	list.versions[data.ContactID] = data.Version
	return nil
}

func header(record *kgo.Record, name string) string {
	for _, header := range record.Headers {
		if header.Key == name {
			return string(header.Value)
		}
	}
	return ""
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: go run . localhost:9092 contact-sync.contacts.v1")
	}
	ctx, brokers, topic := context.Background(), strings.Split(os.Args[1], ","), os.Args[2]
	// No group: the list is lost with the process, so each start reads from the beginning.
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxPartitionBytes(2<<20))
	check(err)
	defer client.Close()
	admin := kadm.NewClient(client)
	starts, err := admin.ListStartOffsets(ctx, topic)
	check(err)
	ends, err := admin.ListEndOffsets(ctx, topic)
	check(err)
	check(ends.Error()) // there is no such topic
	left := map[int32]int64{} // the ends of the partitions that are not read yet
	ends.Each(func(end kadm.ListedOffset) {
		if start, _ := starts.Lookup(topic, end.Partition); start.Offset < end.Offset {
			left[end.Partition] = end.Offset
		}
	})
	list := mailingList{map[int64]member{}, map[int64]int64{}}
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		check(fetches.Err())
		fetches.EachRecord(func(record *kgo.Record) {
			check(list.apply(record))
			if record.Offset+1 >= left[record.Partition] {
				delete(left, record.Partition)
			}
		})
	}
	check(json.NewEncoder(os.Stdout).Encode(list.members))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
