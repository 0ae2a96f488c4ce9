// The page works without this. It adds buttons that copy examples, and marks in the contents what is being read.
"use strict";

for (const pre of document.querySelectorAll("pre")) {
  const sheet = document.createElement("div");
  sheet.className = "sheet";
  pre.replaceWith(sheet);
  const button = document.createElement("button");
  button.className = "copy";
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(pre.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(pre); // no permission: the next Ctrl C takes it
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  sheet.append(pre, button);
}

const links = new Map();
for (const a of document.querySelectorAll(".side a")) {
  const target = document.getElementById(a.hash.slice(1));
  if (target) links.set(target, a);
}
const targets = [...links.keys()].sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));

let current = null;
let waiting = false;
function mark() {
  waiting = false;
  const shown = targets.filter((t) => links.get(t).offsetParent); // a narrow page shows the groups only
  let found = shown[0];
  for (const t of shown) if (t.getBoundingClientRect().top < 120) found = t;
  if (found === current) return;
  if (current) links.get(current).removeAttribute("aria-current");
  current = found;
  const link = links.get(found);
  link.setAttribute("aria-current", "true");
  const side = link.closest(".side");
  const box = link.getBoundingClientRect(), frame = side.getBoundingClientRect();
  if (box.top < frame.top + 40 || box.bottom > frame.bottom - 40) side.scrollTop += box.top - frame.top - frame.height / 3;
  if (box.width && (box.left < frame.left || box.right > frame.right)) side.scrollLeft += box.left - frame.left - 20;
}
function later() {
  if (!waiting) requestAnimationFrame(mark);
  waiting = true;
}
addEventListener("scroll", later, { passive: true });
addEventListener("resize", later);
mark();
