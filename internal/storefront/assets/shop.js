// The shop's only script. Pages work without it; it makes the shop installable, says when there is no connection, and
// lets nobody order into the void.
"use strict";
(() => {
  const root = document.documentElement, mark = document.getElementById("mark");
  const { worker, scope } = document.currentScript.dataset;
  const { kept, why } = root.dataset; // of a page that the service worker had kept
  const standIn = document.querySelector("[data-seen]"); // on the page in place of one that was never seen

  if (kept || standIn) for (const n of document.querySelectorAll(".basket > *")) n.remove(); // it is nobody's: how much is in the cart is not known

  if (navigator.serviceWorker) {
    const seenBefore = navigator.serviceWorker.controller;
    navigator.serviceWorker.register(worker, { scope }).catch(() => { /* the shop goes on without */ });
    if (!seenBefore) navigator.serviceWorker.ready.then((r) => r.active.postMessage({ seen: location.href }));
  }

  function time(when) {
    const day = when.toDateString() === new Date().toDateString() ? {} : { day: "numeric", month: "short" };
    return new Intl.DateTimeFormat(root.lang, { ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(when);
  }

  // Forms that would order something wait for a connection, and say so. What is typed stays.
  const stopped = new Map();
  function stop(text) {
    for (const form of document.querySelectorAll("form[method=post]")) {
      const buttons = [...form.elements].filter((b) => b.tagName === "BUTTON" && !b.disabled);
      if (!buttons.length || stopped.has(form)) continue;
      for (const b of buttons) b.disabled = true;
      const reason = document.createElement("p");
      reason.className = "muted small reason"; reason.textContent = text;
      const last = buttons.filter((b) => b.offsetParent && !b.classList.contains("sr")).at(-1);
      if (last) last.after(reason);
      stopped.set(form, { buttons, reason });
    }
  }
  function go() {
    for (const { buttons, reason } of stopped.values()) { for (const b of buttons) b.disabled = false; reason.remove(); }
    stopped.clear();
  }

  function show() {
    const away = why === "offline" || !navigator.onLine;
    if (kept) mark.textContent = mark.dataset[away ? "kept" : "slow"].replace("%s", time(new Date(kept)));
    else mark.textContent = away && !standIn ? mark.dataset.away : "";
    mark.hidden = !mark.textContent;
    if (away) stop(mark.dataset.stop); else go();
  }
  show();
  addEventListener("offline", show);
  addEventListener("online", show);

  // Pages that stand in for what the network did not give try it again, in sight of somebody: browsers may believe to be
  // online where the shop cannot be reached.
  async function again() {
    if (document.visibilityState === "visible" && navigator.onLine) {
      const there = await fetch(worker, { method: "HEAD", cache: "no-store" }).then((a) => a.ok, () => false);
      if (there) { location.reload(); return; }
    }
    setTimeout(again, 3000);
  }
  if ((standIn && location.pathname !== scope + "/offline") || why === "offline") setTimeout(again, 1000);

  // The page that stands in for what was never seen lists what was.
  if (standIn && "caches" in window) (async () => {
    const names = (await caches.keys()).filter((n) => n.startsWith("ordo-shop " + scope + " ") && n.endsWith(" pages"));
    for (const name of names) {
      const cache = await caches.open(name);
      for (const request of (await cache.keys()).reverse()) {
        const title = decodeURIComponent((await cache.match(request))?.headers.get("Ordo-Title") ?? "");
        if (!title) continue;
        const item = document.createElement("li"), link = document.createElement("a");
        link.href = request.url; link.textContent = new DOMParser().parseFromString(title, "text/html").body.textContent;
        item.append(link); standIn.append(item);
      }
    }
    document.getElementById("seen").hidden = !standIn.children.length;
  })().catch(() => { /* the list stays empty */ });
})();
