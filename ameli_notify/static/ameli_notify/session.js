// Warns two minutes before a session ends, and extends it without leaving the page.
// Without this file the button « Rester connecté » does the same by reloading the page.
"use strict";

(() => {
  const box = document.querySelector("[data-session-warning]");
  if (!box) return;
  const warning = box.querySelector("[data-warning]");
  const form = box.querySelector("[data-extend]");
  let timer = 0;

  const plan = ({ seconds_left: left, warn_at: early }) => {
    warning.hidden = left > early;
    window.clearTimeout(timer);
    // Asked again when the warning is due, since other tabs may have kept the session alive, then at its end.
    const wait = left > early ? left - early : left;
    timer = window.setTimeout(look, (wait + 1) * 1000);
  };

  const read = (answer) => {
    // A session that has ended leads to the sign-in page, which says why to whoever opens it.
    if (!answer.ok) window.location.reload();
    else answer.json().then(plan);
  };

  const headers = { "X-Requested-With": "fetch" };
  const own = { credentials: "same-origin", redirect: "manual" };
  const again = () => { timer = window.setTimeout(look, 30000); };
  const look = () => {
    window.clearTimeout(timer);
    fetch(box.dataset.timeUrl, { headers, ...own }).then(read, again);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fetch(form.action, { method: "POST", body: new FormData(form), headers, ...own })
      .then(read, () => form.submit());
  });

  // Timers sleep while a window is hidden or the machine is closed.
  window.addEventListener("focus", look);
  look();
})();
