// Draws the figures of a page: [data-plot] names the JSON of a Plotly figure made by the server.
const config = {
  responsive: true,
  displaylogo: false,
  showSendToCloud: false,
  plotlyServerURL: "",
  modeBarButtonsToRemove: ["select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d"],
};

// A colour written as "token:accent" is that token in the present theme, so figures follow it.
function resolved(value, probe) {
  if (typeof value === "string" && value.startsWith("token:")) return colour(value.slice(6), probe);
  if (Array.isArray(value)) return value.map((item) => resolved(item, probe));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item, probe)]));
  }
  return value;
}

// light-dark() stays unresolved in a custom property, so a probe element computes the colour.
function colour(token, probe) {
  probe.style.color = `var(--${token})`;
  return getComputedStyle(probe).color;
}

function themed(layout, probe) {
  const axis = { gridcolor: "token:line", linecolor: "token:line-strong", zerolinecolor: "token:line", automargin: true };
  const base = {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 48, r: 16, t: 16, b: 40 },
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: "token:ink-2" },
    hoverlabel: { bgcolor: "token:surface", bordercolor: "token:line-strong", font: { color: "token:ink" } },
    legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom" },
    colorway: ["token:accent", "token:control", "token:fail", "token:waived", "token:met"],
    ...layout,
  };
  for (const name of ["xaxis", "yaxis"]) base[name] = { ...axis, ...layout?.[name] };
  return resolved(base, probe);
}

async function draw(place) {
  const figure = JSON.parse(document.getElementById(place.dataset.plot).textContent);
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  await Plotly.react(place, resolved(figure.data, probe), themed(figure.layout, probe), config);
  probe.remove();
}

async function drawAll(scope) {
  await Promise.all([...scope.querySelectorAll("[data-plot]")].map(draw));
  document.documentElement.dataset.charts = "drawn";
}

drawAll(document);
document.addEventListener("htmx:load", (event) => drawAll(event.target));
document.addEventListener("theme-switched", () => drawAll(document));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
