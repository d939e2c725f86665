// The page around the picture: boxes that open and close, what is told of them, and keys for all of it.
"use strict";

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const stage = document.getElementById("stage");
  const facts = document.getElementById("facts");
  const said = document.getElementById("said");
  const MOST = 1500; // boxes opened at once
  let open = picture.opened(data, data.depth);
  let zoom = 1;
  let placed = null;

  function show() {
    placed = picture.place(data, open);
    stage.innerHTML = picture.svg(placed, "", false);
    for (const head of stage.querySelectorAll(".head")) head.setAttribute("aria-hidden", "true");
    scale();
  }

  function scale() {
    const svg = stage.firstElementChild;
    svg.setAttribute("width", placed.width * zoom);
    svg.setAttribute("height", placed.height * zoom);
  }

  const boxAt = (path) => placed.boxes.find((item) => item.path === path);
  const groupAt = (path) => stage.querySelector(`[data-path="${path}"]`);

  /** Open or close a box, which stays where it is on the screen. */
  function toggle(path) {
    const item = boxAt(path);
    if (!item || item.box.scope === null) return;
    const before = groupAt(path).getBoundingClientRect();
    if (open.has(path)) open.delete(path);
    else open.add(path);
    hide();
    show();
    const group = groupAt(path);
    const after = group.getBoundingClientRect();
    window.scrollBy(after.left + after.width / 2 - before.left - before.width / 2, after.top - before.top);
    group.focus({ preventScroll: true });
    said.textContent = `${item.box.title} is ${open.has(path) ? "open" : "closed"}`;
  }

  // ---------------------------------------------------------------- what is told

  function tell(path) {
    const { box } = boxAt(path);
    const line = ([name, value]) => `<dt>${picture.escaped(name)}</dt><dd>${picture.escaped(value)}</dd>`;
    const times = box.times > 1 ? ` × ${box.times}` : "";
    facts.innerHTML = `<h2>${picture.escaped(box.title)}${times}</h2><dl>${box.facts.map(line).join("")}</dl>`;
    facts.hidden = false;
  }

  function moveTo(x, y) {
    const { width, height } = facts.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    facts.style.left = `${Math.max(8, x + 16 + width < clientWidth ? x + 16 : x - width - 16)}px`;
    facts.style.top = `${Math.max(8, Math.min(y + 12, clientHeight - height - 8))}px`;
  }

  function hide() {
    facts.hidden = true;
  }

  const pathOf = (target) => {
    const group = target.closest ? target.closest("[data-path]") : null;
    return group && group.getAttribute("data-path");
  };

  stage.addEventListener("mousemove", (event) => {
    const path = pathOf(event.target);
    if (path === null) return hide();
    tell(path);
    moveTo(event.clientX, event.clientY);
  });
  stage.addEventListener("mouseleave", hide);
  stage.addEventListener("focusin", (event) => {
    const path = pathOf(event.target);
    if (path === null || !event.target.matches(":focus-visible")) return;
    tell(path);
    const { right, top } = event.target.querySelector("rect:last-of-type").getBoundingClientRect();
    moveTo(right, top);
  });
  stage.addEventListener("focusout", hide);
  stage.addEventListener("click", (event) => {
    const path = pathOf(event.target);
    if (path !== null) toggle(path);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
    const path = pathOf(event.target);
    if (path === null || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    toggle(path);
  });

  // ---------------------------------------------------------------- the buttons

  const buttons = {
    less: () => reopen(picture.opened(data, depthNow() - 1)),
    more: () => reopen(picture.opened(data, depthNow() + 1, MOST)),
    out: () => rescale(zoom / 1.25),
    in: () => rescale(zoom * 1.25),
    fit: () => rescale((document.documentElement.clientWidth - 24) / placed.width),
    save,
  };
  for (const [name, act] of Object.entries(buttons)) document.getElementById(name).addEventListener("click", act);

  const depthNow = () => 1 + Math.max(0, ...[...open].map((path) => path.split("/").length));

  function reopen(paths) {
    open = paths;
    show();
    said.textContent = `${placed.boxes.length} boxes`;
  }

  function rescale(to) {
    zoom = Math.min(4, Math.max(0.1, to));
    scale();
  }

  function save() {
    const style = document.getElementById("style").textContent;
    const blob = new Blob([picture.svg(placed, style, true)], { type: "image/svg+xml" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${data.model}.svg`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  show();
})();
