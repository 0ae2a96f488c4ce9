package nats

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/nats-io/nats.go"

	"ordo/internal/journal"
	"ordo/internal/jsonx"
)

// HashHeader is the header with the hash of the event in the journal, in hexadecimal.
const HashHeader = "Ordo-Hash"

const (
	idPrefix = "msg_" // as webhooks have it: whoever takes both knows an event again
	source   = "/ordo"
	slack    = 1024 // bytes of a message beside its data: headers
)

// cloudEvent is an event in the structured JSON form of CloudEvents 1.0, with extensions: sequence, the position in the
// journal, aggregateversion, and dataref instead of data that a message cannot hold.
type cloudEvent struct {
	SpecVersion      string         `json:"specversion"`
	ID               string         `json:"id"`
	Source           string         `json:"source"`
	Type             string         `json:"type"`
	Subject          string         `json:"subject"`
	Time             string         `json:"time"`
	DataContentType  string         `json:"datacontenttype,omitzero"`
	Sequence         string         `json:"sequence"`
	AggregateVersion int64          `json:"aggregateversion"`
	Data             jsontext.Value `json:"data,omitzero"`
	DataRef          string         `json:"dataref,omitzero"`
}

func messageID(seq int64) string { return idPrefix + strconv.FormatInt(seq, 10) }

// message renders a row. Personal data is not part of it: whoever reads a stream is nobody that Ordo knows.
func message(prefix string, r *journal.Row, most int64) *nats.Msg {
	seq := strconv.FormatInt(r.Seq, 10)
	e := cloudEvent{
		SpecVersion: "1.0", ID: messageID(r.Seq), Source: source, Type: r.Type, Subject: r.Aggregate, Time: r.At.String(),
		DataContentType: "application/json", Sequence: seq, AggregateVersion: r.Version, Data: r.Body,
	}
	data := jsonx.Marshal(e)
	if most > 0 && int64(len(data)) > most-slack { // the server would never take it, and all that follows would wait
		e.Data, e.DataContentType, e.DataRef = nil, "", fmt.Sprintf("/v1/events?after=%d&limit=1", r.Seq-1)
		data = jsonx.Marshal(e)
	}
	m := nats.NewMsg(prefix + "." + r.Type)
	m.Data = data
	m.Header.Set(nats.MsgIdHdr, e.ID)
	m.Header.Set("Content-Type", "application/cloudevents+json")
	m.Header.Set(HashHeader, hex.EncodeToString(r.Hash))
	return m
}
