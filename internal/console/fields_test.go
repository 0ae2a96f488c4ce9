package console

import (
	"strconv"
	"testing"

	"ordo/internal/api"
	"ordo/internal/pages"
)

// TestFieldsAndMacros makes and changes a custom field and a macro: what changes is shown first, what is refused stands at
// its field.
func TestFieldsAndMacros(t *testing.T) {
	each(t, func(t *testing.T, f *fixture) {
		f.user("manager@example.com", "manager")
		b := f.browser()
		b.signIn("manager@example.com").is(t, 303)
		list := fieldKind.root()
		fresh := func(path, step string, pairs ...string) answer {
			return b.post(settingsPath+"/new/"+path, append([]string{"_key", pages.NewKey(), "_step", step}, pairs...)...)
		}
		b.get(settingsPath).is(t, 200, "Custom fields", "Macros", "Rules", "Mail templates")
		b.get(list).is(t, 200, "New custom field")
		fresh("fields", "preview", "_code", "branch", "name", "Branch", "type", "choice", "active", "true").is(t, 422, "Choices: Give what can be chosen")
		fresh("fields", "preview", "_code", "Bad Code", "name", "Branch", "type", "text", "active", "true").is(t, 422, "A code has small letters")
		fresh("fields", "preview", "_code", "branch", "name", "Branch", "type", "choice", "choices", "Hull, York", "active", "true").is(t, 200, "Hull, York")
		b.get(list+"/branch").is(t, 404)
		fresh("fields", "do", "_code", "branch", "name", "Branch", "type", "choice", "choices", "Hull, York", "active", "true").is(t, 303, list+"/branch")
		b.get(list+"/branch").is(t, 200, "Branch", "Hull, York", "Choice")
		change := func(step, version string) answer {
			return b.post(list+"/branch/general", "_key", pages.NewKey(), "_step", step, "_version", version, "name", "Branch", "type", "choice", "choices", "Hull, York, Leeds", "required", "true", "active", "true")
		}
		change("preview", "1").is(t, 200, "Hull, York, Leeds", "Required")
		change("do", "1").is(t, 303)
		change("do", "1").is(t, 409, "Somebody changed this")

		at := macroKind.root()
		b.get(at).is(t, 200, "New macro")
		steps := []string{"_code", "sorry", "name", "Sorry", "active", "true", "steps.0.do", "appease", "steps.0.tender", "store_credit", "steps.0.percent", "10", "steps.0.reason", "goodwill", "steps.1.do", "reply", "steps.1.text", "Dear {customer},\n\nwe are sorry."}
		fresh("macros", "preview", append(steps, "steps.2.do", "note", "steps.2.text", "Hi {nobody}")...).is(t, 422, "nobody")
		fresh("macros", "preview", "_code", "sorry", "name", "Sorry", "active", "true").is(t, 422, "Give 1 to 20 steps")
		fresh("macros", "preview", steps...).is(t, 200, "Appease", "we are sorry")
		fresh("macros", "do", steps...).is(t, 303, at+"/sorry")
		b.get(at+"/sorry").is(t, 200, "Appease", "Store credit", "10")
		// Who may not read it does not replace it either.
		f.call("putRole", slots("code", "writer"), `{"name":"Writer","scopes":["service:write"]}`, nil)
		f.user("writer@example.com", "writer")
		w := f.browser()
		w.signIn("writer@example.com").is(t, 303)
		w.post(settingsPath+"/new/macros", append([]string{"_key", pages.NewKey(), "_step", "do"}, steps...)...).is(t, 403)
		var m api.Macro
		f.call("getMacro", slots("code", "sorry"), "", &m)
		if m.Version != 1 || len(m.Steps) != 2 || m.Steps[1].Text != "Dear {customer},\n\nwe are sorry." || m.Steps[0].Percent != 10 {
			t.Errorf("%+v", m)
		}
		f.call("putMacro", slots("code", "sorry"), `{"name":"Sorry","steps":[{"do":"cancel","reason":"customer","lines":[{"line":"1","quantity":1}]}]}`, &m)
		b.get(at+"/sorry/general").is(t, 200, "change it by the API")
		b.post(at+"/sorry/general", append([]string{"_key", pages.NewKey(), "_step", "do", "_version", strconv.FormatInt(m.Version, 10)}, steps...)...)
		f.call("getMacro", slots("code", "sorry"), "", &m)
		if len(m.Steps) != 1 || len(m.Steps[0].Lines) != 1 {
			t.Errorf("the form lost what it does not show: %+v", m)
		}
	})
}
