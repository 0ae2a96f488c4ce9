package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// The parts that many operations of the description share.

// idForm is what follows the prefix of an id: 26 Crockford characters.
const idForm = "_[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}$"

// slotParam describes a name in braces in the path.
func slotParam(r *route, name string) *huma.Param {
	p := &huma.Param{Name: name, In: "path", Required: true, Description: strings.ReplaceAll(name, "_", " "), Schema: &huma.Schema{Type: huma.TypeString}}
	if s, ok := slotID(r.path, name); ok {
		p.Description, p.Schema.Pattern = "id of the "+s.what, "^"+s.prefix+idForm
		return p
	}
	p.Description = "the " + strings.TrimSuffix(strings.Split(r.path, "/")[2], "s") + "'s " + strings.ReplaceAll(name, "sku", "SKU")
	p.Schema.MinLength, p.Schema.MaxLength = number(1), number(64)
	return p
}

func (p *param) describe() *huma.Param {
	s := &huma.Schema{Type: huma.TypeString}
	for _, v := range p.values {
		s.Enum = append(s.Enum, v)
	}
	if p.number {
		least, most := float64(p.least), float64(p.most)
		s.Type, s.Format, s.Default, s.Minimum = huma.TypeInteger, "int64", p.otherwise, &least
		if !p.clamp {
			s.Maximum = &most
		}
	}
	return &huma.Param{Name: p.name, In: "query", Description: p.detail, Schema: s}
}

func number[N any](n N) *N { return &n }

func parameters() map[string]*huma.Param {
	header := func(name, about string, s *huma.Schema) *huma.Param {
		return &huma.Param{Name: name, In: "header", Description: about, Schema: s}
	}
	return map[string]*huma.Param{
		"IdempotencyKey": header("Idempotency-Key", "A fresh value per order or action, the same when you try again; 1 to 255 printable ASCII characters. Required but for dry runs.",
			&huma.Schema{Type: huma.TypeString, MinLength: number(1), MaxLength: number(255), Pattern: "^[!-~]+$"}),
		"IfMatch": header("If-Match", "The ETag that the change is meant for: anything newer is refused with version_mismatch.",
			&huma.Schema{Type: huma.TypeString, Examples: []any{`"3"`}}),
		"LastEventID": header("Last-Event-ID", "Where a stream (Accept: text/event-stream) resumes: the id of the last event that was read.", &huma.Schema{Type: huma.TypeString}),
	}
}

var headerTexts = map[string]string{
	"ETag":                "The version, in quotes: send it as If-Match with a change.",
	"Idempotent-Replayed": "true when this is the stored answer to an earlier request with the same Idempotency-Key: same status, same bytes.",
	"Dry-Run":             "true when nothing was written.",
	"RateLimit-Limit":     "Requests per minute, for API keys that have a limit.",
	"RateLimit-Remaining": "How many of them are left now.",
	"RateLimit-Reset":     "Seconds until all of them are there again.",
	"Retry-After":         "Seconds after which to try again.",
	"WWW-Authenticate":    "How to authenticate.",
	"X-Request-Id":        "Names the request in logs and in the journal; one that you send is taken over, unless it begins with imp_, as those of rows of imports do.",
}

func headers() map[string]*huma.Header {
	out := map[string]*huma.Header{}
	for name, about := range headerTexts {
		s := &huma.Schema{Type: huma.TypeString}
		if strings.HasPrefix(name, "RateLimit") || name == "Retry-After" {
			s = &huma.Schema{Type: huma.TypeInteger}
		}
		if name == "Idempotent-Replayed" || name == "Dry-Run" {
			s.Enum = []any{"true"}
		}
		out[name] = &huma.Header{Description: about, Schema: s}
	}
	return out
}

func headerRefs(names ...string) map[string]*huma.Header {
	out := map[string]*huma.Header{}
	for _, name := range names {
		out[name] = &huma.Header{Ref: "#/components/headers/" + name}
	}
	return out
}

// problemExamples shows one document per code.
func problemExamples() map[string]*huma.Example {
	out := map[string]*huma.Example{}
	for _, k := range problemKinds {
		doc := map[string]any{
			"type": problemType + k.code, "title": http.StatusText(status[k.class]), "status": status[k.class], "code": k.code, "detail": k.means,
			"request_id": "req_01kas8rz0hefgtq4ty8f7zm6d7",
		}
		for name, value := range problemFacts[k.code] {
			doc[name] = value
		}
		out[k.code] = &huma.Example{Summary: k.todo, Value: doc}
	}
	return out
}
