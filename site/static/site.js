// What scrolls sideways can be reached and scrolled by keyboard: wide tables, formulas and outputs.
function reachable() {
  const wide = document.querySelectorAll(".bd-article pre, .bd-article table, .bd-article .cell_output, .bd-article mjx-container");
  for (const element of wide) {
    if (element.scrollWidth > element.clientWidth + 1) element.tabIndex = 0;
    else if (!element.matches("pre")) element.removeAttribute("tabindex");
  }
}
window.addEventListener("load", reachable);
window.addEventListener("resize", reachable);
