// Runs in the head, before the first paint: the reader's chosen theme, if there is one.
const theme = localStorage.getItem("theme");
if (theme) document.documentElement.dataset.theme = theme;
