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

// The theme's arrows that unfold a part of the list of pages have no name of their own.
document.addEventListener("DOMContentLoaded", () => {
  for (const arrow of document.querySelectorAll("nav details > summary")) {
    const link = arrow.closest("li")?.querySelector("a");
    arrow.setAttribute("aria-label", link ? `Pages below ${link.textContent.trim()}` : "Pages below");
  }
});
