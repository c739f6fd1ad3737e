"use strict";

// Shows what the API has about the address behind the hash, under the paths that KFP's own pages use.
const API = "apis/v2beta1/";
const main = document.getElementById("main");

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function link(text, hash) {
  const made = element("a", text);
  made.href = `#/${hash}`;
  return made;
}

function table(caption, head, rows) {
  const columns = element("tr", "", ...head.map((name) => element("th", name)));
  const body = rows.map((row) => element("tr", "", ...row.map(cell)));
  const made = element("table", "", element("thead", "", columns), element("tbody", "", ...body));
  const scroll = element("div", "", made);
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", caption);
  return [element("h2", caption), rows.length ? scroll : element("p", "None.")];
}

function cell(value) {
  return value instanceof Node ? element("td", "", value) : element("td", String(value ?? "–"));
}

async function read(path) {
  const response = await fetch(API + path);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

function moment(text) {
  return text && !text.startsWith("1970") ? text : "–";
}

function raw(answer) {
  const pre = element("pre", JSON.stringify(answer, null, 1));
  pre.tabIndex = 0;
  return element("details", "", element("summary", "As the API answers it"), pre);
}

function runRow(run) {
  return [link(run.display_name, `runs/details/${run.run_id}`), run.state, moment(run.created_at), moment(run.finished_at)];
}

const RUN_HEAD = ["Run", "State", "Created", "Finished"];

async function showRun(id) {
  const run = await read(`runs/${id}`);
  const version = run.pipeline_version_reference;
  const facts = [
    ["State", run.state],
    ["Created", moment(run.created_at)],
    ["Finished", moment(run.finished_at)],
    ["Pipeline", version ? link(version.pipeline_id, `pipelines/details/${version.pipeline_id}`) : "inline"],
    ["Started by", run.recurring_run_id ? link("a recurring run", `recurringrun/details/${run.recurring_run_id}`) : "a request"],
    ["Error", run.error ? run.error.message : "none"],
  ];
  const tasks = (run.run_details.task_details || []).map((task) =>
    [task.display_name, task.state, moment(task.start_time), moment(task.end_time)]);
  const parameters = Object.entries((run.runtime_config || {}).parameters || {})
    .map(([name, value]) => [name, JSON.stringify(value)]);
  return [
    element("h1", `Run ${run.display_name}`),
    ...table("Facts", ["Fact", "Value"], facts),
    ...table("Tasks", ["Task", "State", "Started", "Ended"], tasks),
    ...table("Parameters", ["Name", "Value"], parameters),
    raw(run),
  ];
}

async function showPipeline(id) {
  const pipeline = await read(`pipelines/${id}`);
  const versions = (await read(`pipelines/${id}/versions?page_size=200`)).pipeline_versions || [];
  const rows = versions.map((each) => [
    link(each.display_name, `pipelines/details/${id}/version/${each.pipeline_version_id}`),
    moment(each.created_at),
    each.code_source_url,
    (each.tags || {}).git_commit,
  ]);
  return [
    element("h1", `Pipeline ${pipeline.display_name}`),
    ...table("Versions", ["Version", "Created", "Source", "Commit"], rows),
  ];
}

async function showVersion(pipeline, id) {
  const version = await read(`pipelines/${pipeline}/versions/${id}`);
  return [
    element("h1", `Pipeline version ${version.display_name}`),
    element("p", "", link("Its pipeline", `pipelines/details/${pipeline}`)),
    raw(version),
  ];
}

async function showExperiment(id) {
  const experiment = await read(`experiments/${id}`);
  const runs = (await read(`runs?experiment_id=${id}&sort_by=created_at%20desc&page_size=200`)).runs || [];
  return [element("h1", `Experiment ${experiment.display_name}`), ...table("Runs", RUN_HEAD, runs.map(runRow))];
}

async function showRecurring(id) {
  const recurring = await read(`recurringruns/${id}`);
  const when = recurring.trigger.cron_schedule
    ? recurring.trigger.cron_schedule.cron
    : `every ${recurring.trigger.periodic_schedule.interval_second} s`;
  return [
    element("h1", `Recurring run ${recurring.display_name}`),
    ...table("Facts", ["Fact", "Value"], [["Trigger", when], ["Status", recurring.status]]),
    raw(recurring),
  ];
}

async function showAll() {
  const pipelines = (await read("pipelines?page_size=200")).pipelines || [];
  const runs = (await read("runs?sort_by=created_at%20desc&page_size=50")).runs || [];
  const named = pipelines.map((each) =>
    [link(each.display_name, `pipelines/details/${each.pipeline_id}`), moment(each.created_at)]);
  return [
    element("h1", "Pipelines and runs"),
    ...table("Pipelines", ["Pipeline", "Created"], named),
    ...table("Newest runs", RUN_HEAD, runs.map(runRow)),
  ];
}

const ROUTES = [
  [/^\/runs\/details\/([^/]+)$/, showRun],
  [/^\/pipelines\/details\/([^/]+)$/, showPipeline],
  [/^\/pipelines\/details\/([^/]+)\/version\/([^/]+)$/, showVersion],
  [/^\/experiments\/details\/([^/]+)$/, showExperiment],
  [/^\/recurringrun\/details\/([^/]+)$/, showRecurring],
  [/^\/?$/, showAll],
];

async function show() {
  const path = decodeURI(location.hash.slice(1));
  const [pattern, draw] = ROUTES.find(([route]) => route.test(path)) || [/^/, null];
  try {
    if (!draw) throw new Error(`There is no page ${path}.`);
    main.replaceChildren(...await draw(...path.match(pattern).slice(1).map(encodeURIComponent)));
  } catch (error) {
    main.replaceChildren(element("h1", "Not found"), element("p", error.message));
  }
  document.title = `${main.querySelector("h1").textContent} – Stand-in for Kubeflow Pipelines`;
}

window.addEventListener("hashchange", show);
show();
