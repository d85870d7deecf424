// Renews the page each minute in place, so that neither the place that one reads at
// nor what one has opened is lost. Without this script a page renews itself whole.
"use strict";
(() => {
  const every = 60000;
  const stale = document.querySelector(".stale");
  const sideways = ".scroll, .map";

  const renew = async () => {
    const main = document.querySelector("main");
    const busy = document.activeElement?.matches("main select, main input");
    if (document.hidden || busy) return;
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(30000) });
      if (!answer.ok && answer.status !== 404) throw new Error(answer.statusText);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
      const open = [...main.querySelectorAll("details[open]")].map((d) => d.id);
      const left = [...main.querySelectorAll(sideways)].map((s) => s.scrollLeft);
      const focus = [...main.querySelectorAll("a, summary, [tabindex]")].indexOf(document.activeElement);
      main.replaceChildren(...fresh.childNodes);
      for (const id of open) main.querySelector("#" + id)?.setAttribute("open", "");
      main.querySelectorAll(sideways).forEach((s, i) => { s.scrollLeft = left[i] ?? 0; });
      if (focus >= 0) main.querySelectorAll("a, summary, [tabindex]")[focus]?.focus({ preventScroll: true });
      stale.querySelector("span").textContent = new Date().toTimeString().slice(0, 8);
      stale.hidden = true;
    } catch {
      stale.hidden = false;
    }
  };
  setInterval(renew, every);
})();
