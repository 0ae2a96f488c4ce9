// The console's only script. Pages work without it; it adds dialogs, shortcuts, the palette, live updates, and keeps what is typed.
"use strict";
(() => {
  const $ = (s, root = document) => root.querySelector(s);
  const $$ = (s, root = document) => [...root.querySelectorAll(s)];
  const typing = () => document.activeElement?.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");

  // Dialogs: a link with data-dialog opens its page's main part; forms in it are sent without leaving the page.
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", document.body.dataset.dialog || "Dialog");
  document.body.append(dialog);
  let opener = null;
  async function part(url, options = {}) {
    const answer = await fetch(url, { ...options, headers: { "X-Ordo-Part": "dialog" }, credentials: "same-origin" });
    const go = answer.headers.get("X-Ordo-Go");
    if (go) { dialog.close(); location.href = go; return; }
    dialog.innerHTML = await answer.text();
    restore(dialog);
    const close = document.createElement("button");
    close.className = "link close"; close.type = "button"; close.textContent = "✕"; close.setAttribute("aria-label", document.body.dataset.close || "Close");
    close.onclick = () => dialog.close();
    dialog.prepend(close);
    if (!dialog.open) dialog.showModal();
    ($(".bad-box, .effects", dialog) || $("input:not([type=hidden]), select, textarea", dialog) || $("button[type=submit]", dialog) || close).focus();
  }
  dialog.addEventListener("close", () => { dialog.replaceChildren(); opener?.focus(); });
  document.addEventListener("click", (e) => {
    const a = e.target.closest("a[data-dialog]");
    if (!a || e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
    e.preventDefault(); opener = a; part(a.href).catch(() => { location.href = a.href; });
  });
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (form.dataset.sent) { e.preventDefault(); return; }
    const data = new URLSearchParams(new FormData(form, e.submitter));
    if (dialog.contains(form) && form.method === "post") {
      e.preventDefault(); busy(form, true);
      forget(form);
      part(form.action, { method: "POST", body: data }).catch(() => { busy(form, false); keep(form); say(form); });
      return;
    }
    if (form.method === "post") { forget(form); busy(form, true); }
  });
  function busy(form, on) { if (on) form.dataset.sent = "1"; else delete form.dataset.sent; $$("button", form).forEach((b) => b.setAttribute("aria-busy", String(on))); }
  function say(form) { const p = document.createElement("p"); p.className = "bad-box"; p.setAttribute("role", "alert"); p.textContent = document.body.dataset.offline || "No answer. Nothing was lost: try again."; form.prepend(p); }
  window.addEventListener("pageshow", () => $$("form[data-sent]").forEach((f) => busy(f, false)));

  // What is typed is kept in this tab until it is sent.
  const place = (form) => "draft " + new URL(form.action).pathname;
  const kept = (form) => $$("input:not([type=hidden], [type=password], [type=checkbox], [type=radio]), textarea, select", form).filter((i) => i.name);
  function keep(form) { try { sessionStorage.setItem(place(form), JSON.stringify(Object.fromEntries(kept(form).map((i) => [i.name, i.value])))); } catch { /* storage may be full or off */ } }
  function forget(form) { try { sessionStorage.removeItem(place(form)); } catch { /* likewise */ } }
  function restore(root) {
    for (const form of $$("form[data-keep]", root)) {
      let values;
      try { values = JSON.parse(sessionStorage.getItem(place(form)) || "null"); } catch { values = null; }
      if (values) for (const i of kept(form)) if (i.name in values && i.value === i.defaultValue) i.value = values[i.name];
    }
  }
  document.addEventListener("input", (e) => { const f = e.target.form; if (f?.dataset.keep !== undefined) keep(f); });
  restore(document);

  // On a phone the navigation and the tabs are lines that scroll: what is open is in sight.
  for (const a of $$(".nav a[aria-current], .tabs a[aria-current]")) { const bar = a.parentElement; bar.scrollLeft = a.offsetLeft - bar.offsetLeft - (bar.clientWidth - a.clientWidth) / 2; }
  // A filter that is open closes where another one is opened, by Escape, and by a click elsewhere.
  const openFilters = () => $$(".chips details[open]");
  document.addEventListener("click", (e) => openFilters().forEach((d) => { if (!d.contains(e.target)) d.open = false; }));
  document.addEventListener("keydown", (e) => { if (e.key === "Escape") openFilters().forEach((d) => { d.open = false; $("summary", d).focus(); }); });

  // Lists: J and K move, Enter opens, X selects.
  const rows = () => $$("tr[data-href]");
  function move(by) {
    const all = rows(); if (!all.length) return;
    const at = all.findIndex((r) => r.getAttribute("aria-selected") === "true");
    const to = Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by));
    all.forEach((r, i) => r.setAttribute("aria-selected", String(i === to)));
    $("a", all[to])?.focus(); all[to].scrollIntoView({ block: "nearest" });
  }
  const current = () => rows().find((r) => r.getAttribute("aria-selected") === "true");
  let chord = "";
  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") { e.preventDefault(); palette(); return; }
    if (typing() || e.ctrlKey || e.metaKey || e.altKey || dialog.open) return;
    if (chord === "g") { chord = ""; const a = $(`.nav a[data-key="${CSS.escape(e.key)}"]`); if (a) { e.preventDefault(); a.click(); } return; }
    const key = e.key.toLowerCase();
    if (key === "g") { chord = "g"; setTimeout(() => { chord = ""; }, 1200); return; }
    if (key === "j" || key === "k") { e.preventDefault(); move(key === "j" ? 1 : -1); return; }
    if (key === "enter" && current() && document.activeElement.tagName !== "A" && document.activeElement.tagName !== "BUTTON") { location.href = current().dataset.href; return; }
    if (key === "x" && current()) { const c = $("input[type=checkbox]", current()); if (c) { c.checked = !c.checked; c.dispatchEvent(new Event("change", { bubbles: true })); } return; }
    if (key === "/") { e.preventDefault(); $(".search input")?.focus(); return; }
    if (e.key === "?") { palette(true); return; }
    const action = $(`[data-shortcut="${CSS.escape(key)}"]`);
    if (action) { e.preventDefault(); action.click(); }
  });

  // The returns desk: a key each for the condition of units and for what becomes of them; the next row then has the focus.
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.key.length !== 1) return;
    const at = document.activeElement, form = at?.closest("form") || (dialog.open ? $("form", dialog) : $("main form.form"));
    if (!form || !$("[data-key]", form) || at?.matches("input:not([type=radio], [type=checkbox]), select, textarea")) return;
    const all = $$("[data-row]", form), row = at?.closest("[data-row]") || all[0] || form;
    const hit = $(`input[data-key="${CSS.escape(e.key.toLowerCase())}"]`, row);
    if (!hit) return;
    e.preventDefault(); e.stopImmediatePropagation();
    hit.checked = true; hit.focus();
    const groups = [...new Set($$("input[data-key]", row).map((i) => i.name))];
    if (groups.length > 1 && hit.name === groups.at(-1)) {
      const next = all.slice(all.indexOf(row) + 1).find((r) => Number($("input[type=number]", r)?.value));
      ($("input[data-key]", next || row)).focus(); // the last row keeps it: Enter goes on
    }
  }, true);
  const first = $("main form.form input[data-key]");
  if (first) ($("main .bad-box, main .effects") || first).focus();

  // Counting by scan: the code of a unit counts its row up; what no row expects is noted below.
  document.addEventListener("submit", (e) => {
    const scan = document.activeElement, code = scan?.matches("[data-count]") && scan.form === e.target && scan.value.trim();
    if (!code) return; // an empty scan goes on
    e.preventDefault(); e.stopImmediatePropagation();
    const say = (text, bad) => { const p = $("[role=status]", scan.parentElement); p.textContent = text.replace("%s", code); p.classList.toggle("err", Boolean(bad)); };
    const same = (s) => s?.toLowerCase() === code.toLowerCase();
    const number = (row) => $("input[type=number]", row), up = (n) => { n.value = Number(n.value) + 1; n.dispatchEvent(new Event("input", { bubbles: true })); };
    const rows = $$("[data-code]", scan.form).filter((r) => same(r.dataset.code)), free = rows.find((r) => Number(number(r).value) < Number(number(r).max));
    if (free) { up(number(free)); say(scan.dataset.counted); } else if (rows.length) { say(scan.dataset.full, true); } else {
      const stray = $$("[data-row]", scan.form).find((r) => same($("input:not([type])", r)?.value)) || $$("[data-row]", scan.form).find((r) => $("input:not([type])", r)?.value === "");
      if (stray) { $("input:not([type])", stray).value = code; up(number(stray)); }
      say(scan.dataset.stray, true);
    }
    scan.value = "";
  }, true);
  // A field that waits for scans lets go by Escape; then the keys of lists work.
  document.addEventListener("keydown", (e) => { if (e.target.matches?.(".deskscan input") && (e.key === "Escape" || e.key === "ArrowDown")) { e.preventDefault(); e.target.blur(); move(1); } });

  // The palette: go to a page, act on what is open, search for anything.
  function palette() {
    const items = [...$$(".nav a"), ...$$("main [data-shortcut], main .push a, main .push button:not([disabled])")];
    dialog.innerHTML = '<div class="palette"><input role="combobox" aria-expanded="true" aria-controls="found" autocomplete="off"><div id="found" role="listbox"></div></div>';
    const input = $("input", dialog), list = $("#found", dialog);
    input.setAttribute("aria-label", $(".search input")?.placeholder || "Search"); input.placeholder = input.getAttribute("aria-label");
    let at = 0;
    function draw() {
      const q = input.value.trim().toLowerCase();
      const hits = items.filter((i) => i.textContent.toLowerCase().includes(q)).slice(0, 10).map((i) => [i.textContent.trim().replace(/\s+/g, " "), () => { dialog.close(); i.click(); }]);
      if (q) hits.push([`${document.body.dataset.find || "Search"}: ${input.value}`, () => { location.href = "/console/find?q=" + encodeURIComponent(input.value); }]);
      at = Math.min(at, Math.max(0, hits.length - 1));
      list.replaceChildren(...hits.map(([text, go], i) => { const a = document.createElement("a"); a.href = "#"; a.role = "option"; a.id = "hit" + i; a.textContent = text; a.setAttribute("aria-selected", String(i === at)); a.onclick = (e) => { e.preventDefault(); go(); }; return a; }));
      if (hits.length) input.setAttribute("aria-activedescendant", "hit" + at); else input.removeAttribute("aria-activedescendant");
      return hits;
    }
    input.oninput = () => { at = 0; draw(); };
    input.onkeydown = (e) => {
      if (e.key === "ArrowDown") { at++; draw(); e.preventDefault(); } else if (e.key === "ArrowUp") { at = Math.max(0, at - 1); draw(); e.preventDefault(); } else if (e.key === "Enter") { e.preventDefault(); draw()[at]?.[1](); }
    };
    draw(); dialog.showModal(); input.focus();
  }

  // Live: the page hears that something changed, and offers itself anew; parts that nobody is in are exchanged at once.
  const of = document.body.dataset.live;
  if (of && window.EventSource) {
    let wait = 0;
    const stream = new EventSource("/console/live?of=" + encodeURIComponent(of) + "&after=" + document.body.dataset.at);
    addEventListener("pagehide", () => stream.close());
    stream.addEventListener("changed", () => { clearTimeout(wait); wait = setTimeout(renew, 400); });
    async function renew() {
      if (document.hidden) { document.addEventListener("visibilitychange", renew, { once: true }); return; }
      const answer = await fetch(location.href, { credentials: "same-origin", headers: { "X-Ordo-Part": "page" } }).catch(() => null);
      if (!answer?.ok || answer.redirected) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const old of $$("[data-part]")) {
        const next = $(`[data-part="${CSS.escape(old.dataset.part)}"]`, fresh);
        if (!next || next.innerHTML === old.innerHTML) continue;
        if (old.matches(":hover, :focus-within") || $("input:checked", old) || dialog.open) { mark(); continue; } // never under the hand
        old.replaceChildren(...next.childNodes);
        const said = $("#live"); if (said) said.textContent = document.body.dataset.updated || "Updated";
      }
    }
    function mark() {
      if ($(".updated")) return;
      const b = document.createElement("button");
      b.className = "btn updated"; b.textContent = document.body.dataset.updated || "Updated"; b.onclick = () => location.reload();
      document.body.append(b);
    }
  }

  // What is under way is looked at again until it has ended.
  async function again() {
    const old = $("[data-again]");
    if (!old) return;
    const answer = document.hidden ? null : await fetch(location.href, { credentials: "same-origin", headers: { "X-Ordo-Part": "page" } }).catch(() => null);
    if (answer?.ok && !answer.redirected && !dialog.open) {
      const next = $(`[data-part="${CSS.escape(old.dataset.part)}"]`, new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (next) old.replaceWith(next);
    }
    setTimeout(again, 2000);
  }
  if ($("[data-again]")) setTimeout(again, 1000);

  // A text with placeholders: what it says is shown beside it while one types.
  const written = $("form[data-preview]");
  if (written) {
    let wait = 0, asked = 0;
    written.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(show, 400); });
    async function show() {
      const mine = ++asked, body = new URLSearchParams(new FormData(written));
      body.set("_step", "preview");
      const answer = await fetch(written.action, { method: "POST", body, credentials: "same-origin", headers: { "X-Ordo-Part": "page" } }).catch(() => null);
      if (!answer || answer.redirected || mine !== asked) return;
      const next = $("[data-shown]", new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (next) $("[data-shown]").replaceChildren(...next.childNodes);
    }
  }

  // The phone desk: computed anew while it is filled in, lists to choose from while one types, all of it by Enter and Tab.
  // What was typed is kept in this tab until the order is placed.
  const desk = $("form[data-desk]");
  const clearDesk = () => { try { sessionStorage.removeItem("desk"); } catch { /* storage may be off */ } };
  if ($("[data-desk-done]")) clearDesk();
  document.addEventListener("click", (e) => { if (e.target.closest("[data-desk-clear]")) clearDesk(); });
  document.addEventListener("submit", (e) => { if (e.target.action.endsWith("/sign-out")) clearDesk(); });
  if (desk) {
    const byId = (id) => document.getElementById(id);
    const content = (button) => new URLSearchParams(new FormData(desk, button));
    const saveDesk = () => { try { sessionStorage.setItem("desk", content()); } catch { /* likewise */ } };
    const isCombo = (el) => el?.matches?.("[data-suggest]");
    const listOf = (input) => byId(input.getAttribute("aria-controls"));
    const options = (input) => $$("[role=option]", listOf(input));
    const open = (input, on) => { listOf(input).hidden = !on; input.setAttribute("aria-expanded", String(on)); if (!on) input.removeAttribute("aria-activedescendant"); };
    function choose(input, i) {
      const all = options(input), at = Math.max(0, Math.min(all.length - 1, i));
      all.forEach((o, n) => { o.tabIndex = -1; o.setAttribute("aria-selected", String(n === at)); });
      if (!all[at]) return;
      input.setAttribute("aria-activedescendant", all[at].id); all[at].scrollIntoView({ block: "nearest" });
    }
    const chosen = (input) => options(input).findIndex((o) => o.getAttribute("aria-selected") === "true");
    function offer(input, fresh) { // puts the list of another page in the place of this one's
      const box = input.closest(".combo"), list = $("#" + CSS.escape(input.getAttribute("aria-controls")), fresh);
      if (!list) return;
      $("[data-none]", box)?.replaceWith(list.nextElementSibling); listOf(input).replaceWith(list);
      listOf(input).dataset.q = input.value.trim();
      const any = options(input).length > 0;
      open(input, any && document.activeElement === input); if (any) choose(input, 0);
    }
    let asked = 0, later = 0;
    async function compute(data, moved) {
      const mine = ++asked, before = new Map(kept(desk).map((i) => [i.id, i.value])), from = document.activeElement;
      clearTimeout(later); desk.setAttribute("aria-busy", "true");
      const answer = await fetch(desk.action, { method: "POST", body: data, credentials: "same-origin", headers: { "X-Ordo-Part": "dialog" } }).catch(() => null);
      if (answer?.status === 401) { HTMLFormElement.prototype.submit.call(desk); return; } // the page to sign in keeps what was typed
      const next = answer && $("form[data-desk]", new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (mine !== asked) return;
      desk.removeAttribute("aria-busy");
      if (!next) { if (!$(":scope > .bad-box", desk)) say(desk); return; }
      $(":scope > .bad-box", desk)?.remove();
      const typed = kept(desk).filter((i) => before.has(i.id) && before.get(i.id) !== i.value).map((i) => [i.id, i.value]);
      const at = document.activeElement, id = at?.id, marks = isCombo(at) || at?.type !== "text" ? null : [at.selectionStart, at.selectionEnd];
      for (const zone of $$("[data-zone]", desk)) zone.replaceChildren(...$(`[data-zone="${zone.dataset.zone}"]`, next).childNodes);
      for (const [i, value] of typed) if (byId(i)) byId(i).value = value;
      const to = byId(moved && next.dataset.focus && (at === from || at === document.body) ? next.dataset.focus : id);
      if (to && to !== document.activeElement) { to.focus(); if (moved) to.select?.(); else if (marks && to.type === "text") to.setSelectionRange(...marks); }
      if (moved) for (const input of $$("[data-suggest]", desk)) {
        if (before.get(input.id) !== input.value) continue; // somebody types on
        input.value = $("#" + CSS.escape(input.id), next).value; offer(input, next);
      }
      saveDesk();
    }
    const again = (data) => { data.set("_step", "recompute"); return compute(data, false); };
    const soon = () => { clearTimeout(later); later = setTimeout(() => again(content()), 150); };
    async function suggest(input) {
      const q = input.value.trim();
      if (q.length < 2) { open(input, false); return; }
      const where = new URLSearchParams({ q, country: byId("f-shipping_address.country").value, postal_code: byId("f-shipping_address.postal_code").value });
      const answer = await fetch(input.dataset.suggest + "?" + where, { credentials: "same-origin", headers: { "X-Ordo-Part": "dialog" } }).catch(() => null);
      if (answer?.status !== 200 || input.value.trim() !== q) return;
      const text = await answer.text();
      if (input.value.trim() === q) offer(input, new DOMParser().parseFromString(text, "text/html"));
    }
    const fields = () => $$("input:not([type=hidden]), select, button[value=place]", desk).filter((i) => !i.disabled && (i.type !== "radio" || i.checked));
    function goOn(from) {
      const inside = from.dataset.next && $(from.dataset.next, desk);
      const to = !inside ? fields()[fields().indexOf(from) + 1] : inside.matches("input") ? inside : fields().find((i) => inside.contains(i) && i.required && !i.value) || fields().find((i) => inside.contains(i) && i.matches("[type=radio], [id=f-_discount]"));
      to?.focus(); to?.select?.();
    }
    let wait = 0;
    desk.addEventListener("input", (e) => {
      saveDesk();
      if (isCombo(e.target)) { clearTimeout(wait); wait = setTimeout(suggest, 120, e.target); }
    });
    desk.addEventListener("change", (e) => { if (!isCombo(e.target)) { saveDesk(); soon(); } });
    desk.addEventListener("focusout", (e) => { if (isCombo(e.target)) setTimeout(() => { if (document.activeElement !== e.target) open(e.target, false); }, 150); });
    desk.addEventListener("submit", (e) => {
      if (e.submitter?.value === "place") return; // a page of its own
      e.preventDefault(); e.stopPropagation(); compute(content(e.submitter), true);
    });
    desk.addEventListener("keydown", (e) => {
      const el = e.target;
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      if (isCombo(el) && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
        e.preventDefault();
        if (listOf(el).hidden) { if (options(el).length) { open(el, true); choose(el, 0); } } else choose(el, chosen(el) + (e.key === "ArrowDown" ? 1 : -1));
      } else if (isCombo(el) && e.key === "Escape") { open(el, false); } else if (e.key === "Enter" && el.matches("input, select")) {
        e.preventDefault(); clearTimeout(wait);
        const q = isCombo(el) ? el.value.trim() : "";
        if (!q) goOn(el);
        else if (!listOf(el).hidden && listOf(el).dataset.q === q && options(el)[chosen(el)]) compute(content(options(el)[chosen(el)]), true);
        else { const data = content($("[value=look]", desk)); data.set("_look", el.name); compute(data, true); }
      }
    });
    desk.addEventListener("keypress", (e) => { if (e.key === "Enter" && e.target.matches("input, select")) e.preventDefault(); });
    document.addEventListener("keydown", (e) => { if ((e.ctrlKey || e.metaKey) && e.key === "Enter" && !dialog.open) { e.preventDefault(); desk.requestSubmit($("[value=place]", desk)); } });
    desk.classList.add("scripted");
    let stored = null;
    try { stored = sessionStorage.getItem("desk"); } catch { /* likewise */ }
    if (stored && desk.dataset.fresh !== undefined) again(new URLSearchParams(stored));
    const first = byId(desk.dataset.focus); first?.focus(); first?.select?.();
    for (const input of $$("[data-suggest]", desk)) { listOf(input).dataset.q = input.value.trim(); if (options(input).length) { open(input, document.activeElement === input); choose(input, 0); } }
  }

  // Links are fetched when the pointer rests on them.
  let hover = 0;
  document.addEventListener("mouseover", (e) => {
    const a = e.target.closest("a[href^='/console/']"); clearTimeout(hover);
    if (!a || a.dataset.dialog !== undefined || a.hasAttribute("download")) return;
    hover = setTimeout(() => { if ($(`link[rel=prefetch][href="${CSS.escape(a.getAttribute("href"))}"]`)) return; const l = document.createElement("link"); l.rel = "prefetch"; l.href = a.getAttribute("href"); document.head.append(l); }, 120);
  });

  // Rows that are chosen together: how many, and all at once.
  for (const form of $$("form[data-bulk]")) {
    const boxes = () => $$(`input[form="${form.id}"]`), all = $("[data-all]", form);
    const count = () => { const n = boxes().filter((b) => b.checked).length; $("output", form).textContent = n ? ` (${n})` : ""; form.classList.toggle("none", !n); all.checked = n > 0 && n === boxes().length; };
    all.parentElement.hidden = false;
    all.addEventListener("change", () => { boxes().forEach((b) => { b.checked = all.checked; }); count(); });
    document.addEventListener("change", (e) => { if (e.target.matches(`input[form="${form.id}"]`)) count(); });
    count();
  }

  // Scan pages: the field always has the focus, and scans wait in line while one is on its way.
  const scan = $("form[data-scan]");
  if (scan) {
    const field = $("input", scan), line = [];
    let under = false;
    document.addEventListener("focusout", () => setTimeout(() => { if (!dialog.open && document.activeElement === document.body) field.focus(); }));
    document.addEventListener("keydown", (e) => { if (!typing() && !dialog.open && e.key.length === 1 && !e.ctrlKey && !e.metaKey && !e.altKey) field.focus(); }, true);
    scan.addEventListener("submit", (e) => {
      e.preventDefault(); e.stopPropagation();
      if (field.value.trim()) line.push([field.value, $("#units")?.value || "1"]);
      field.value = ""; field.focus(); send();
    });
    async function send() {
      if (under || !line.length) return;
      under = true;
      const data = new URLSearchParams(new FormData(scan));
      data.set("code", line[0][0]); data.set("units", line[0][1]);
      try {
        const answer = await fetch(scan.action, { method: "POST", body: data, credentials: "same-origin" });
        const fresh = $("[data-part=scan]", new DOMParser().parseFromString(await answer.text(), "text/html"));
        if (!fresh || new URL(answer.url).pathname !== location.pathname) { location.href = answer.redirected ? answer.url : location.href; return; }
        line.shift();
        $(".bad-box", scan)?.remove();
        if (answer.redirected) history.pushState(null, "", answer.url);
        $("[data-part=scan]").replaceChildren(...fresh.childNodes);
        $("#live").textContent = fresh.dataset.said;
      } catch { if (!$(".bad-box", scan)) say(scan); under = false; return; } // Enter tries again, and counts once
      under = false; send();
    }
    addEventListener("popstate", () => location.reload());
  }

  // A copy of what is shown once.
  document.addEventListener("click", (e) => { const b = e.target.closest("[data-copy]"); if (b) navigator.clipboard?.writeText($(b.dataset.copy).textContent.trim()).then(() => { b.textContent = b.dataset.done; }); });
  // The slider of an order's history.
  document.addEventListener("change", (e) => { if (e.target.matches("[data-asof]")) e.target.form.requestSubmit(); });
})();
