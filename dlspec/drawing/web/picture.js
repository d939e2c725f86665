// From the scopes of a model and the boxes that are open to a picture: places first, then SVG.
// The page runs this in the browser, `dlspec draw -o net.svg` in an embedded engine: both give the same picture.
"use strict";

var picture = (() => {
  const OUTSIDE = -1;
  const WIDE = 0.605; // the advance of a monospaced character, in parts of its size
  const TITLE = 12.5, SMALL = 11, LABEL = 10.5;
  const LONGEST = 34; // characters of a line in a box
  const PAD = 14, HEAD = 18, STACK = 4, GLYPH = 34;

  const cells = (text) => [...text].reduce((sum, each) => sum + (each.codePointAt(0) > 0x2e7f ? 2 : 1), 0);
  const wide = (text, size) => cells(text) * size * WIDE;
  const cut = (text, most) => (cells(text) <= most ? text : [...text].slice(0, most - 1).join("") + "…");
  const grouped = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ","); // engines without Intl do this otherwise
  const titleOf = (box) => cut(box.title, LONGEST) + (box.times > 1 ? ` × ${grouped(box.times)}` : "");

  // ---------------------------------------------------------------- places

  /** The whole picture: rectangles of boxes and paths of wires, in one system of coordinates. */
  function place(data, open) {
    const scope = data.scopes[data.root];
    const inner = inside(data, scope, "", open, 0);
    const margin = 20;
    const head = [data.model, ...data.facts.map(([name, value]) => `${value} ${name}`)];
    const width = Math.max(inner.width, wide(head[0], 16), wide(head.slice(1).join(" · "), SMALL)) + 2 * margin;
    const top = margin + 44;
    const found = { width, height: inner.height + top + margin, head, boxes: [], wires: [], ports: [] };
    flatten(inner, (width - inner.width) / 2, top, found);
    return found;
  }

  function flatten(laid, dx, dy, found) {
    for (const port of laid.ports) found.ports.push({ ...port, x: port.x + dx, y: port.y + dy });
    for (const wire of laid.wires) {
      const points = wire.points.map((point) => ({ x: point.x + dx, y: point.y + dy }));
      const label = wire.label && { ...wire.label, x: wire.label.x + dx, y: wire.label.y + dy };
      found.wires.push({ ...wire, points, label });
    }
    for (const item of laid.items) {
      const { inner, ...box } = item;
      found.boxes.push({ ...box, x: box.x + dx, y: box.y + dy });
      if (inner) flatten(inner, box.x + dx + inner.left, box.y + dy + HEAD, found);
    }
  }

  /** One level laid out by itself, the open boxes in it first; `path` is where it is in the model. */
  function inside(data, scope, path, open, level) {
    const items = scope.boxes.map((box, index) => sized(data, box, path + index, open, level));
    const drawn = level === 0;
    const bundles = bundled(scope, items);
    for (const bundle of bundles) bundle.text = textOf(bundle, scope, drawn);
    const graph = arranged(scope, items, bundles, level, false);
    const inputs = scope.inputs.map((_, index) => graph.node(`i${index}`).y);
    const outputs = scope.outputs.map((_, index) => graph.node(`o${index}`).y);
    const out = items.some((_, index) => {
      const { y } = graph.node(`b${index}`);
      return y < Math.max(...inputs) || y > Math.min(...outputs);
    });
    return collected(out ? arranged(scope, items, bundles, level, true) : graph, scope, items, bundles, drawn);
  }

  /** The boxes, ends and wires in layers. With `all`, what needs no input, or leads nowhere, is held between the ends. */
  function arranged(scope, items, bundles, level, all) {
    const graph = new dagre.graphlib.Graph({ multigraph: true });
    graph.setGraph({ rankdir: "TB", nodesep: 26, edgesep: 14, ranksep: level ? 26 : 30 });
    const drawn = level === 0;
    const port = (name) => (drawn ? { width: wide(name, SMALL) + 20, height: 22, name } : { width: 2, height: 0, name });
    scope.inputs.forEach((name, index) => graph.setNode(`i${index}`, port(name)));
    scope.outputs.forEach((name, index) => graph.setNode(`o${index}`, port(name)));
    items.forEach((item, index) => graph.setNode(`b${index}`, { width: item.width, height: item.height }));
    hold(graph, scope, all);
    bundles.forEach((bundle, index) => {
      // The label stands right of the wire; room is kept on both sides, so that the wire stays in the middle.
      const room = bundle.text ? 2 * (wide(bundle.text, LABEL) + 8) : 0;
      const size = { width: room, height: room ? 13 : 0, labelpos: "c" };
      graph.setEdge(bundle.from, bundle.to, size, `w${index}`);
    });
    dagre.layout(graph);
    return graph;
  }

  /** Inputs stay at the top and outputs at the bottom. */
  function hold(graph, scope, all) {
    graph.setNode("^", { width: 0, height: 0 });
    graph.setNode("$", { width: 0, height: 0 });
    const fed = new Set(scope.wires.map((wire) => wire[2]));
    const read = new Set(scope.wires.map((wire) => wire[0]));
    const held = { weight: 1000, width: 0, height: 0 }, loose = { weight: 0, minlen: 2, width: 0, height: 0 };
    scope.inputs.forEach((_, index) => graph.setEdge("^", `i${index}`, { ...held }, "held"));
    scope.outputs.forEach((_, index) => graph.setEdge(`o${index}`, "$", { ...held }, "held"));
    if (all) scope.boxes.forEach((_, index) => {
      if (!fed.has(index)) graph.setEdge("^", `b${index}`, { ...loose }, "held");
      if (!read.has(index)) graph.setEdge(`b${index}`, "$", { ...loose }, "held");
    });
  }

  /** The wires that run together: between the same boxes, and at an open one between the same ends. */
  function bundled(scope, items) {
    const found = new Map();
    for (const [from, result, to, input, label] of scope.wires) {
      const out = from === OUTSIDE || items[from].inner ? result : 0;
      const into = to === OUTSIDE || items[to].inner ? input : 0;
      const key = [from, out, to, into].join();
      if (!found.has(key)) {
        const names = { from: from === OUTSIDE ? `i${result}` : `b${from}`, to: to === OUTSIDE ? `o${input}` : `b${to}` };
        found.set(key, { ...names, source: [from, result], target: [to, input], labels: [] });
      }
      found.get(key).labels.push(label);
    }
    return [...found.values()];
  }

  /** Shapes; inside of a box a tensor that comes from outside has its shape there already, and shows its name. */
  function textOf(bundle, scope, drawn) {
    if (bundle.source[0] === OUTSIDE && !drawn) {
      return scope.inputs.length > 1 ? cut(scope.inputs[bundle.source[1]], 24) : "";
    }
    if (bundle.target[0] === OUTSIDE && !drawn) return "";
    const counts = new Map();
    for (const label of bundle.labels) counts.set(label, (counts.get(label) || 0) + 1);
    return cut([...counts].map(([label, count]) => (count > 1 ? `${count} × ${label}` : label)).join(", "), 40);
  }

  /** A box with its size, and with what is in it where it is open. */
  function sized(data, box, path, open, level) {
    const item = { box, path, level, open: box.scope !== null && open.has(path) };
    const title = titleOf(box);
    if (item.open) {
      item.inner = inside(data, data.scopes[box.scope], path + "/", open, level + 1);
      framed(item, wide(title, TITLE) + 26);
      return item;
    }
    item.lines = [
      ...(box.over ? [[cut(box.over, LONGEST), SMALL, "over"]] : []),
      [title, TITLE, "title"],
      ...(box.note ? [[cut(box.note, LONGEST), SMALL, "note"]] : []),
    ];
    const glyph = box.scope === null ? 0 : 32;
    item.width = Math.max(64, ...item.lines.map(([text, size]) => wide(text, size) + (size === TITLE ? glyph : 0))) + 22;
    item.height = 12 + item.lines.length * 16;
    return item;
  }

  /** The size of an open box: its wires come in near the middle where that costs no more than a few blank columns, beside title and sign. */
  function framed(item, title) {
    const { width, inputs, outputs } = item.inner;
    const ends = [...inputs, ...outputs];
    const middle = ends.length ? ends.reduce((sum, x) => sum + x, 0) / ends.length : width / 2;
    const even = 2 * Math.max(middle, width - middle);
    const centred = even <= width + 160;
    const left = PAD + (centred ? even / 2 - middle : 0);
    const whole = Math.max((centred ? even : width) + 2 * PAD, left + Math.max(0, ...inputs) + GLYPH);
    item.width = Math.max(whole, inputs.length === 1 ? 2 * title : title + GLYPH);
    item.height = HEAD + item.inner.height + 8;
    item.inner.left = left + (item.width - whole) / 2;
  }

  function collected(graph, scope, items, bundles, drawn) {
    const laid = { items: [], wires: [], ports: [], inputs: [], outputs: [] };
    items.forEach((item, index) => {
      const at = graph.node(`b${index}`);
      laid.items.push({ ...item, x: at.x - item.width / 2, y: at.y - item.height / 2 });
    });
    const ends = (letter, names, kind) => names.map((name, index) => {
      const at = graph.node(letter + index);
      const { width, height } = at;
      if (drawn) laid.ports.push({ kind, name, width, height, x: at.x - width / 2, y: at.y - height / 2 });
      return { x: at.x, top: at.y - height / 2, bottom: at.y + height / 2 };
    });
    const inputs = ends("i", scope.inputs, "input");
    const outputs = ends("o", scope.outputs, "output");
    const edges = bundles.map((bundle, index) => graph.edge(bundle.from, bundle.to, `w${index}`));
    if (!drawn) {
      spread(inputs, bundles, edges, "source", (edge) => edge.points[1].x);
      spread(outputs, bundles, edges, "target", (edge) => edge.points[edge.points.length - 2].x);
    }
    bundles.forEach((bundle, index) => {
      const edge = edges[index];
      const points = edge.points.map(({ x, y }) => ({ x, y }));
      const [from, result] = bundle.source, [to, input] = bundle.target;
      points[0] = from === OUTSIDE ? { x: inputs[result].x, y: inputs[result].bottom }
        : lower(laid.items[from], result, points[0]);
      points[points.length - 1] = to === OUTSIDE ? { x: outputs[input].x, y: outputs[input].top }
        : upper(laid.items[to], input, points[points.length - 1]);
      if (points.length === 3) edge.x = points[1].x = straighter(points, bundle, index, edges, laid.items);
      const label = bundle.text && labelled(bundle.text, points, edge, from === OUTSIDE && !drawn);
      const ended = to === OUTSIDE ? drawn : !laid.items[to].open;
      laid.wires.push({ points, label, ended, labels: bundle.labels });
    });
    bounded(laid, inputs, outputs, drawn);
    return laid;
  }

  /** Bring the ends of an open box over what they lead to, with a gap between them: nothing else is at their height. */
  function spread(ends, bundles, edges, side, wanted) {
    const places = ends.map(() => []);
    bundles.forEach((bundle, index) => {
      if (bundle[side][0] === OUTSIDE) places[bundle[side][1]].push(wanted(edges[index]));
    });
    ends.forEach((end, index) => {
      if (places[index].length) end.x = places[index].reduce((sum, x) => sum + x, 0) / places[index].length;
    });
    const sorted = [...ends].sort((one, other) => one.x - other.x);
    sorted.forEach((end, index) => {
      if (index) end.x = Math.max(end.x, sorted[index - 1].x + 18);
    });
  }

  /** Where a short wire has its middle: between its ends, if nothing is in the way there. */
  function straighter(points, { text }, index, edges, items) {
    const { x, y } = points[1];
    const ends = [points[0].x, points[2].x];
    const wanted = Math.min(Math.max(x, Math.min(...ends)), Math.max(...ends));
    const room = wide(text, LABEL) + 12;
    const left = Math.min(x, wanted) - room, right = Math.max(x, wanted) + room;
    const taken = edges.some((other, place) => place !== index && other.points.slice(1, -1).some((point) =>
      Math.abs(point.y - y) < 14 && point.x > left - (other.width || 0) / 2 && point.x < right + (other.width || 0) / 2));
    const covered = items.some((item) => item.y - 4 < y + 7 && item.y + item.height + 4 > y - 7 &&
      item.x < right && item.x + item.width > left);
    return taken || covered ? x : wanted;
  }

  /** A label right of its wire, or left of it where the wire turns to the right. */
  function labelled(text, points, { x, y }, named) {
    const at = points.findIndex((point) => point.y >= y - 0.5);
    const turns = [points[at - 1], points[at + 1]].map((point) => (point ? point.x - x : 0));
    const left = Math.max(...turns) > 4 && Math.min(...turns) > -4;
    return { text, x: left ? x - 6 - wide(text, LABEL) : x + 6, y, named };
  }

  const within = (item, x) => Math.min(Math.max(x, item.x + 10), item.x + item.width - 10);

  function lower(item, result, at) {
    const x = item.open ? item.x + item.inner.left + item.inner.outputs[result] : within(item, at.x);
    return { x, y: item.y + item.height };
  }

  function upper(item, input, at) {
    const x = item.open ? item.x + item.inner.left + item.inner.inputs[input] : within(item, at.x);
    return { x, y: item.y - (item.box.times > 1 && !item.open ? STACK : 0) };
  }

  /** Move everything so that it begins at 0, 0, and bring the ends to the borders. */
  function bounded(laid, inputs, outputs, drawn) {
    const xs = [], ys = [];
    for (const each of [...laid.items, ...laid.ports]) {
      xs.push(each.x, each.x + each.width + (each.box && each.box.times > 1 ? STACK : 0));
      ys.push(each.y, each.y + each.height);
    }
    for (const { points, label } of laid.wires) {
      for (const point of points) { xs.push(point.x); ys.push(point.y); }
      if (label) xs.push(label.x, label.x + wide(label.text, LABEL));
    }
    for (const end of [...inputs, ...outputs]) { xs.push(end.x); ys.push(end.top, end.bottom); }
    // What needs no input may stand at the height of the inputs: it stays below the head of the frame.
    const first = Math.min(...laid.items.map((item) => item.y)) - Math.min(...ys);
    const left = Math.min(...xs), top = Math.min(...ys) - (drawn ? 0 : Math.max(0, 20 - first));
    laid.width = Math.max(...xs) - left;
    laid.height = Math.max(...ys) - top;
    for (const each of [...laid.items, ...laid.ports]) { each.x -= left; each.y -= top; }
    for (const { points, label } of laid.wires) {
      for (const point of points) { point.x -= left; point.y -= top; }
      if (label) { label.x -= left; label.y -= top; }
    }
    laid.inputs = inputs.map((end) => end.x - left);
    laid.outputs = outputs.map((end) => end.x - left);
    if (drawn) return;
    // The header of the frame, and the border below, are crossed straight.
    const ins = inputs.map((end) => end.top - top), outs = outputs.map((end) => end.bottom - top);
    laid.inputs.forEach((x, index) => laid.wires.push(straight(x, -HEAD, ins[index])));
    laid.outputs.forEach((x, index) => laid.wires.push(straight(x, outs[index], laid.height + 8)));
  }

  const straight = (x, from, to) => ({ points: [{ x, y: from }, { x, y: to }], label: "", ended: false, labels: [] });

  // ---------------------------------------------------------------- SVG

  const CODES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  const UNFIT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/gu; // what XML has no way to say
  const escaped = (text) => String(text).replace(UNFIT, "\ufffd").replace(/[&<>"']/g, (each) => CODES[each]);
  const n = (value) => String(Math.round(value * 10) / 10);

  /** The picture as SVG. With `alone` it stands by itself: with its style, and with its facts as titles. */
  function svg(placed, style, alone) {
    const parts = [
      `<svg xmlns="http://www.w3.org/2000/svg" class="net" viewBox="0 0 ${n(placed.width)} ${n(placed.height)}"`,
      ` width="${n(placed.width)}" height="${n(placed.height)}" role="${alone ? "img" : "group"}"`,
      ` aria-label="${escaped(placed.head[0])}">`,
      alone ? `<style>${style}</style>` : "",
      alone ? `<rect class="ground" width="100%" height="100%"/>` : "",
      `<text class="model" x="20" y="30">${escaped(placed.head[0])}</text>`,
      `<text class="totals" x="20" y="48">${escaped(placed.head.slice(1).join(" · "))}</text>`,
      ...placed.boxes.filter((box) => box.open).map((box) => boxText(box, alone)),
      ...placed.wires.map(wireText),
      ...placed.boxes.filter((box) => !box.open).map((box) => boxText(box, alone)),
      ...placed.ports.map(portText),
      ...placed.wires.filter((wire) => wire.label).map(labelText),
      ...placed.boxes.filter((box) => box.open).map(headText),
      "</svg>",
    ];
    return parts.join("");
  }

  function boxText(item, alone) {
    const { box, x, y, width, height } = item;
    const kind = `${box.kind}${box.weighty ? " weighty" : ""}${item.open ? ` open f${item.level % 3}` : ""}`;
    const state = box.scope === null ? "" : ` aria-expanded="${item.open}"`;
    const focus = alone ? "" : ` tabindex="0" role="${box.scope === null ? "note" : "button"}"${state}`;
    const told = box.facts.map(([name, value]) => `${name}: ${value}`).join("\n");
    const said = `${box.title}${box.times > 1 ? ` times ${box.times}` : ""}${box.over ? `, ${box.over}` : ""}`;
    const label = alone ? "" : ` aria-label="${escaped(said)}"`;
    const rect = (shift) =>
      `<rect x="${n(x + shift)}" y="${n(y - shift)}" width="${n(width)}" height="${n(height)}" rx="6"/>`;
    const stack = box.times > 1 && !item.open ? rect(STACK) : "";
    const lines = item.open ? "" : item.lines.map(([text, , role], index) =>
      `<text class="${role}" x="${n(x + 11)}" y="${n(y + 18 + index * 16)}">${escaped(text)}</text>`).join("");
    const title = item.lines ? item.lines.findIndex(([, , role]) => role === "title") : 0;
    const glyph = box.scope === null || item.open ? "" : glyphText(x + width - 16, y + 14 + title * 16, false);
    return `<g class="box ${kind}" data-path="${item.path}"${focus}${label}>` +
      `${alone ? `<title>${escaped(`${box.title}\n${told}`)}</title>` : ""}${stack}${rect(0)}${lines}${glyph}</g>`;
  }

  /** The head of an open box, over the wires that cross it. */
  function headText({ box, x, y, width, path, level }) {
    const text = `<text class="title" x="${n(x + 11)}" y="${n(y + 18)}">${escaped(titleOf(box))}</text>`;
    return `<g class="head f${level % 3}" data-head="${path}">${text}${glyphText(x + width - 16, y + 14, true)}</g>`;
  }

  function glyphText(x, y, open) {
    const up = open ? "" : `M${n(x)} ${n(y - 4)}v8`;
    return `<path class="glyph" d="M${n(x - 4)} ${n(y)}h8${up}"/>`;
  }

  function portText({ kind, name, x, y, width, height }) {
    return `<g class="port ${kind}"><rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="11"/>` +
      `<text x="${n(x + 10)}" y="${n(y + 15)}">${escaped(name)}</text></g>`;
  }

  /** Straight pieces with round corners, and a point at the end. */
  function wireText({ points, ended }) {
    const [first, last] = [points[0], points[points.length - 1]];
    const stop = ended ? { x: last.x, y: last.y - 5 } : last;
    const path = [`M${n(first.x)} ${n(first.y)}`];
    for (let index = 1; index < points.length - 1; index++) {
      const at = points[index];
      const before = towards(at, points[index - 1]), after = towards(at, points[index + 1]);
      path.push(`L${n(before.x)} ${n(before.y)}Q${n(at.x)} ${n(at.y)} ${n(after.x)} ${n(after.y)}`);
    }
    path.push(`L${n(stop.x)} ${n(stop.y)}`);
    const tip = ended ? `<path class="tip" d="M${n(last.x)} ${n(last.y)}l-3.5 -7h7z"/>` : "";
    return `<path class="wire" d="${path.join("")}"/>${tip}`;
  }

  function towards(from, to) {
    const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
    const part = Math.min(14, length / 2) / length;
    return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
  }

  function labelText({ label }) {
    return `<text class="${label.named ? "shape named" : "shape"}" x="${n(label.x)}" y="${n(label.y + 3.5)}">` +
      `${escaped(label.text)}</text>`;
  }

  // ---------------------------------------------------------------- what is open

  /** The paths of all boxes that are open when the picture is opened `depth` levels deep. */
  function opened(data, depth, most = Infinity) {
    const found = new Set();
    const walk = (scope, path, level) => data.scopes[scope].boxes.forEach((box, index) => {
      if (box.scope === null || level >= depth || found.size >= most) return;
      found.add(path + index);
      walk(box.scope, `${path}${index}/`, level + 1);
    });
    walk(data.root, "", 1);
    return found;
  }

  return { place, svg, opened, escaped };
})();
