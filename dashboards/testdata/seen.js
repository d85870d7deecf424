// What stands in Grafana's page of a board. An element's name for tests is
// "data-testid NAME"; a panel's is its header's, on the section that holds all of it. The
// words at the end are Grafana's own for nothing, in the languages of the boards.
((noData) => {
  const named = (root, name) => [...root.querySelectorAll(`[data-testid="data-testid ${name}"]`)];
  const words = (e) => (e.innerText || e.getAttribute("aria-label") || e.getAttribute("title") || "no reason given").trim();
  const header = "data-testid Panel header ";
  const panels = [...document.querySelectorAll(`[data-testid^="${header}"]`)].map((head) => {
    const panel = head.closest("section") || head;
    const content = named(panel, "panel content")[0];
    const leaves = content ? [...content.querySelectorAll("*")].filter((e) => e.childElementCount === 0).map((e) => e.textContent.trim()) : [];
    const said = named(panel, "Panel data error message").map((e) => e.innerText.trim());
    return {
      Title: head.dataset.testid.slice(header.length),
      Errors: named(panel, "Panel status error").map(words),
      Said: [...new Set(said.concat(leaves.filter((text) => noData.includes(text))))],
      Drawn: !!content && (content.innerText.trim() !== "" || content.querySelector("canvas, svg, img") !== null),
      Loading: [...panel.querySelectorAll("[data-testid], [aria-label]")].some((e) => /loading bar/i.test(`${e.dataset.testid} ${e.getAttribute("aria-label")}`)),
    };
  });
  // What is below the window is loaded when it comes into it: another each time, as one
  // that never comes must not hold up the others.
  const away = [...document.querySelectorAll(".react-grid-item")].filter((e) => named(e, "panel content").length === 0);
  window.looks = (window.looks || 0) + 1;
  (away[window.looks % away.length] || document.body).scrollIntoView();
  return { Panels: panels, Alerts: named(document, "Alert error").map(words), Text: document.body.innerText.trim().slice(0, 200) };
})(["No data", "无数据", "暂无数据"])
