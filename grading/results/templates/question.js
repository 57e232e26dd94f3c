"use strict";
const key = document.body.dataset.key;
const rows = [...document.querySelectorAll("section")];
const field = (row, name) => row.querySelector(`[name=${name}]`);
let kept = {};
try { kept = JSON.parse(localStorage.getItem(key)) || {}; } catch { kept = {}; }

// a mark that can be given: a number from 0 to the most, or nothing
function points(row) {
  const text = field(row, "points").value.trim().replace(",", ".");
  const value = Number(text), most = Number(field(row, "points").dataset.most);
  return text === "" ? "" : Number.isFinite(value) && value >= 0 && value <= most ? String(value) : null;
}

const touched = (row) => row.dataset.touched === "yes";  // a mark that was typed again is a mark that was looked at again

function look() {
  let open = 0, wrong = 0;
  for (const row of rows) {
    const value = points(row);
    row.classList.toggle("wrong", value === null);
    row.classList.toggle("done", value !== null && value !== "" && (row.dataset.waits === "" || touched(row)));
    wrong += value === null;
    open += !row.classList.contains("done");
  }
  document.getElementById("left").textContent = `${open} of ${rows.length} to mark`;
  document.getElementById("save").disabled = wrong > 0;
}

function remember(row) {
  row.dataset.touched = "yes";
  kept[row.dataset.student] = [field(row, "points").value, field(row, "comment").value, row.dataset.answer];
  try { localStorage.setItem(key, JSON.stringify(kept)); } catch { /* the page works without */ }
  look();
}

// what begins like a formula gets an apostrophe before it, as in every table of the course
const cell = (text) => `"${text.replace(/(^|[;\t\r\n])(['\s]*[=+\-@])/g, "$1'$2").replace(/"/g, '""')}"`;

function save() {
  const lines = [["student", "question", "points", "comment", "answer"]];
  for (const row of rows) {
    if (touched(row)) {
      const said = field(row, "comment").value.trim();
      lines.push([row.dataset.student, document.body.dataset.question, points(row), said, row.dataset.answer]);
    }
  }
  const text = "\ufeff" + lines.map((line) => line.map(cell).join(",") + "\r\n").join("");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = `${document.body.dataset.question}-marks.csv`;
  link.click();
}

for (const row of rows) {
  const [before, said, answer] = kept[row.dataset.student] || [];
  if (answer === row.dataset.answer) {
    field(row, "points").value = before;
    field(row, "comment").value = said;
    row.dataset.touched = "yes";
  }
  row.addEventListener("input", () => remember(row));
}
document.getElementById("save").addEventListener("click", save);
look();
