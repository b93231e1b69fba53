// Keeps the note of a call while its adviser types, and with it the call. A result is never saved from here.
// Without this file the button « Garder la note pour l’instant » does the same.
"use strict";

(() => {
  const form = document.querySelector("[data-call-note]");
  const note = form && form.querySelector("textarea[name=note]");
  if (!note) return;
  const kept = form.querySelector("[data-note-kept]");
  const trouble = form.querySelector("[data-note-trouble]");
  const WAIT = 5000; // milliseconds after the last key; thirty seconds at most while somebody types on
  const MOST = 30000;
  let timer = 0;
  let waiting_since = 0;
  let under_way = null;
  let over = false;

  const warn = (text) => { if (trouble.textContent !== text) trouble.textContent = text; };
  const done = (text) => {
    kept.textContent = text;
    kept.hidden = false;
    warn("");
  };
  const plan = () => {
    if (over) return;
    waiting_since = waiting_since || Date.now();
    window.clearTimeout(timer);
    timer = window.setTimeout(keep, Math.max(0, Math.min(WAIT, waiting_since + MOST - Date.now())));
  };
  const body = () => {
    const ticked = form.querySelector("input[name=disposition]:checked");
    const sent = new FormData();
    sent.set("csrfmiddlewaretoken", form.querySelector("input[name=csrfmiddlewaretoken]").value);
    sent.set("action", "keep");
    sent.set("note", note.value);
    sent.set("disposition", ticked ? ticked.value : "");
    return sent;
  };
  const keep = () => {
    if (over) return;
    if (under_way) { plan(); return; }
    waiting_since = 0;
    under_way = new AbortController();
    fetch(window.location.href, {
      method: "POST", body: body(), credentials: "same-origin", redirect: "manual", signal: under_way.signal,
      headers: { "X-Requested-With": "fetch" },
    }).then((answer) => {
      under_way = null;
      if (answer.ok) return answer.json().then(({ said }) => done(said));
      if (answer.status === 400 || answer.status === 409) return answer.json().then(({ said }) => warn(said));
      warn("La note n’est plus gardée : votre session est terminée. Copiez votre note avant de vous reconnecter.");
      return null;
    }, () => {
      under_way = null;
      if (over) return;
      warn("La note n’est pas gardée : la connexion est coupée. Nouvel essai dans quelques secondes.");
      plan();
    });
  };

  note.addEventListener("input", plan);
  form.addEventListener("change", ({ target }) => { if (target.name === "disposition") plan(); });
  // A button sends all of it: what was under way would only come too late.
  form.addEventListener("submit", () => {
    over = true;
    window.clearTimeout(timer);
    if (under_way) under_way.abort();
  });
  window.addEventListener("pageshow", ({ persisted }) => { if (persisted) over = false; });
  // A page that came back with an error holds a note that was not kept.
  if (document.querySelector(".errornote")) plan();
})();
