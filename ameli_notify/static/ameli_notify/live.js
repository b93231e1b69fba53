// Asks again for the part of a page that changes, until somebody stops it.
// Without this file the link « Actualiser maintenant » does the same by reloading the page.
"use strict";

(() => {
  const part = document.querySelector("[data-live]");
  const pause = document.querySelector("[data-live-pause]");
  const state = document.querySelector("[data-live-state]");
  if (!part || !pause) return;
  const wait = Number(part.dataset.liveSeconds) * 1000;
  const own = { credentials: "same-origin", redirect: "manual", headers: { "X-Requested-With": "fetch" } };
  let stopped = false;
  let asking = false; // one question at a time: a slow server is not asked faster than it answers

  const show = (html) => {
    // Nobody loses their place: while the focus or a selection is inside, the figures stay as they are.
    const selection = document.getSelection();
    const reading = selection && !selection.isCollapsed && part.contains(selection.anchorNode);
    if (!reading && !part.contains(document.activeElement)) part.innerHTML = html;
  };
  const say = (text) => { if (state.textContent !== text) state.textContent = text; };
  const look = () => {
    if (stopped || document.hidden || asking) return;
    asking = true;
    fetch(part.dataset.live, own).then((answer) => {
      if (stopped) return; // while it was under way
      // A session that has ended leads to the sign-in page, which says why.
      if (!answer.ok) { window.location.reload(); return; }
      answer.text().then((html) => { if (!stopped) { show(html); say(""); } });
    }, () => { if (!stopped) say("Les chiffres ne se mettent plus à jour : la connexion est coupée."); })
      .finally(() => { asking = false; });
  };

  pause.hidden = false;
  pause.addEventListener("click", () => {
    stopped = !stopped;
    pause.textContent = stopped ? "Reprendre l’actualisation automatique" : "Arrêter l’actualisation automatique";
    say(stopped ? "Les chiffres ne changent plus." : "");
    if (!stopped) look();
  });
  window.setInterval(look, wait);
})();
