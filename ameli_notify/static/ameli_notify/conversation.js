// Brings what the other side writes into an open conversation, until somebody stops it.
// Without this file the link « Voir s’il y a une réponse » does the same by reloading the page.
"use strict";

(() => {
  const part = document.querySelector("[data-conversation]");
  const log = part && part.querySelector("[data-said]");
  const pause = document.querySelector("[data-conversation-pause]");
  const state = document.querySelector("[data-conversation-state]");
  if (!log || !pause || !state) return;
  const own = { credentials: "same-origin", redirect: "manual", headers: { "X-Requested-With": "fetch" } };
  const typed = () => [...document.querySelectorAll("main textarea, #content textarea")].some((one) => one.value.trim());
  let stopped = false;
  let asking = false; // one question at a time: a slow server is not asked faster than it answers

  const say = (text) => { if (state.textContent !== text) state.textContent = text; };
  const leave = () => {
    // Nothing typed is lost: the server says at the next sending what has changed.
    if (!typed()) window.location.reload();
    else say("La conversation a changé. Envoyez ou copiez votre texte, puis rechargez la page.");
  };
  const show = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-conversation]");
    if (!fresh || fresh.dataset.state !== part.dataset.state) { leave(); return; }
    part.dataset.conversation = fresh.dataset.conversation;
    const place = document.querySelector("[data-in-queue]");
    if (place && place.textContent !== fresh.dataset.place) place.textContent = fresh.dataset.place;
    // The log grows at its end and is never replaced: a screen reader then says the new message alone.
    const said = [...fresh.querySelector("[data-said]").children].slice(log.children.length);
    log.append(...said.map((one) => document.importNode(one, true)));
    const news = part.querySelector("[data-news]");
    if (news && said.length && !news.contains(document.activeElement)) {
      news.replaceChildren(...[...fresh.querySelector("[data-news]").childNodes].map((one) => document.importNode(one, true)));
    }
    say("");
  };
  const look = () => {
    if (stopped || document.hidden || asking) return;
    asking = true;
    fetch(`${part.dataset.conversation}${log.children.length}`, own).then((answer) => {
      if (stopped) return; // while it was under way
      // A session that has ended leads to the sign-in page, which says why.
      if (answer.status === 204) say("");
      else if (answer.ok) answer.text().then((html) => { if (!stopped) show(html); });
      else leave();
    }, () => { if (!stopped) say("La conversation ne se met plus à jour : la connexion est coupée."); })
      .finally(() => { asking = false; });
  };

  pause.hidden = false;
  pause.addEventListener("click", () => {
    stopped = !stopped;
    pause.textContent = stopped ? "Reprendre l’actualisation automatique" : "Arrêter l’actualisation automatique";
    say(stopped ? "Les nouveaux messages n’apparaissent plus d’eux-mêmes." : "");
    if (!stopped) look();
  });
  window.setInterval(look, Number(part.dataset.seconds) * 1000);
})();
