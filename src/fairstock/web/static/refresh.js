// Shows where we are in a navigation that is wider than a phone, and keeps a waiting page current: fetches it again and swaps the element that asks for it, as soon as the
// server tells of something new where the element names its events, else every few seconds. Without
// JavaScript the page's own "Refresh" link does the same.
"use strict";
(function () {
  let events = null;
  let timer = null;
  function wait() {
    const box = document.querySelector("[data-refresh]");
    clearTimeout(timer);
    if (box) timer = setTimeout(renew, Number(box.dataset.refresh) * 1000);
    const address = box ? box.dataset.events : undefined;
    if (address && !events) {
      events = new EventSource(address);
      events.addEventListener("progress", renew);
    } else if (!address && events) {
      events.close();
      events = null;
    }
  }
  async function renew() {
    clearTimeout(timer);
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("live");
      const old = document.getElementById("live");
      if (answer.ok && fresh && old && fresh.innerHTML !== old.innerHTML) {
        const log = old.querySelector(".log");
        const atEnd = !log || log.scrollTop + log.clientHeight >= log.scrollHeight - 20;
        old.replaceWith(fresh);
        const newLog = fresh.querySelector(".log");
        if (newLog && atEnd) newLog.scrollTop = newLog.scrollHeight;
      }
    } catch { /* the network is away for a moment: try again */ }
    wait();
  }
  // A double click sends a form once; coming back to the page frees it.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 5000);
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
  const box = document.querySelector(".nav-box");
  const here = box && box.querySelector("[aria-current]");
  if (here) box.scrollLeft = here.offsetLeft - (box.clientWidth - here.offsetWidth) / 2;
  wait();
})();
