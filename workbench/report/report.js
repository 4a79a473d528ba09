// Sorting of tables, and filters for that of claims; without this script the page is whole, only still.
(() => {
  const table = document.getElementById("claims");
  const filters = document.querySelector(".filters");
  const rows = [...table.tBodies[0].rows];
  const chips = [...filters.querySelectorAll(".chip")];
  const topic = filters.querySelector("select");
  const search = filters.querySelector("input");
  const shown = filters.querySelector("output");

  const filter = () => {
    const words = chips.filter(c => c.getAttribute("aria-pressed") === "true").map(c => c.dataset.word);
    const text = search.value.trim().toLowerCase();
    for (const row of rows) {
      row.hidden = (words.length && !words.includes(row.dataset.is)) || (topic.value && row.dataset.topic !== topic.value)
        || !row.textContent.toLowerCase().includes(text);
    }
    shown.textContent = `${rows.filter(r => !r.hidden).length} of ${rows.length}`;
  };

  const sort = (head, body, rows) => {
    const key = head.dataset.key, turned = head.getAttribute("aria-sort") === "ascending";
    const order = (a, b) => a.dataset[key] - b.dataset[key] || a.dataset[key].localeCompare(b.dataset[key]);
    rows.sort((a, b) => turned ? order(b, a) : order(a, b));
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", turned ? "descending" : "ascending");
    body.append(...rows);
  };

  for (const chip of chips) {
    chip.onclick = () => { chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") !== "true"); filter(); };
  }
  topic.onchange = search.oninput = filter;
  for (const sorted of document.querySelectorAll("table.sortable")) {
    for (const head of sorted.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.onclick = () => sort(head, sorted.tBodies[0], [...sorted.tBodies[0].rows]);
      head.replaceChildren(button);
    }
  }

  const reveal = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const details = target && target.closest("details");
    if (details) { details.open = true; details.scrollIntoView(); }
  };
  addEventListener("hashchange", reveal);
  filters.hidden = false;
  filter();
  reveal();
})();
