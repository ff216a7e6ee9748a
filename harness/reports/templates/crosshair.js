"use strict";
for (const figure of document.querySelectorAll("figure[data-chart]")) {
  const svg = figure.querySelector("svg"), out = figure.querySelector("output");
  const data = JSON.parse(figure.querySelector("script").textContent);
  const view = svg.viewBox.baseVal;
  const line = svg.appendChild(document.createElementNS(svg.namespaceURI, "line"));
  line.setAttribute("class", "cross");
  line.setAttribute("visibility", "hidden");
  const clock = s => Math.floor(s / 60) + ":" + (s % 60).toFixed(1).padStart(4, "0");
  const row = (name, value) => {
    const div = out.appendChild(document.createElement("div"));
    div.append(Object.assign(document.createElement("span"), {textContent: name}),
               Object.assign(document.createElement("b"), {textContent: value}));
  };
  const hide = () => { line.setAttribute("visibility", "hidden"); out.hidden = true; };
  const show = event => {
    const frame = svg.getBoundingClientRect();
    const share = ((event.clientX - frame.left) / frame.width - data.left) / (data.right - data.left);
    if (share < 0 || share > 1) return hide();
    const at = data.since + share * (data.until - data.since), bin = Math.floor((at - data.first) / data.bin);
    const x = view.width * (data.left + share * (data.right - data.left));
    for (const [key, value] of [["x1", x], ["x2", x], ["y1", 0], ["y2", view.height]]) line.setAttribute(key, value);
    line.setAttribute("visibility", "visible");
    out.replaceChildren();
    row("time", clock(at * data.scale) + (data.scale === 1 ? "" : "  (" + at.toFixed(2) + " s real)"));
    const phase = data.phases.find(([, since, until]) => at >= since && at < until);
    if (phase) row("phase", phase[0]);
    for (const [name, unit, values] of data.rows) row(name, values[bin] == null ? "none" : values[bin] + " " + unit);
    const outer = figure.getBoundingClientRect(), left = event.clientX - outer.left;
    out.hidden = false;
    out.style.left = (left > outer.width / 2 ? left - out.offsetWidth - 14 : left + 14) + "px";
    out.style.top = Math.max(0, event.clientY - outer.top - out.offsetHeight / 2) + "px";
  };
  svg.addEventListener("pointermove", show);
  svg.addEventListener("pointerleave", hide);
}
