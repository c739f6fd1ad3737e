/* Everything that unfolds is open on paper, also where the browser keeps closed details out of print. */

let opened = [];

addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const each of opened) each.open = true;
});

addEventListener("afterprint", () => {
  for (const each of opened) each.open = false;
  opened = [];
});
