// Passkeys: the server sets a challenge, the person's device answers, the answer goes with the form.
// Without this file the form stays hidden and the page says what else there is.
"use strict";

(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");
  const known = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));

  const ask = {
    get: (options) =>
      navigator.credentials.get({
        publicKey: {
          ...options,
          challenge: bytes(options.challenge),
          allowCredentials: known(options.allowCredentials),
        },
      }),
    create: (options) =>
      navigator.credentials.create({
        publicKey: {
          ...options,
          challenge: bytes(options.challenge),
          user: { ...options.user, id: bytes(options.user.id) },
          excludeCredentials: known(options.excludeCredentials),
        },
      }),
  };

  const written = ({ id, rawId, type, response }) => {
    const said = { clientDataJSON: text(response.clientDataJSON) };
    if (response.attestationObject) {
      said.attestationObject = text(response.attestationObject);
      said.transports = response.getTransports ? response.getTransports() : [];
    } else {
      said.authenticatorData = text(response.authenticatorData);
      said.signature = text(response.signature);
    }
    return JSON.stringify({ id, rawId: text(rawId), type, response: said });
  };

  // Which sentence of the page tells what went wrong on the person's side.
  const reasons = { NotAllowedError: "cancelled", InvalidStateError: "known", SecurityError: "address" };

  const prepare = (box) => {
    const form = box.querySelector("form");
    const error = box.querySelector("[data-passkey-error]");
    const button = form.querySelector("[type=submit]");

    const say = (sentence) => {
      error.textContent = sentence;
      error.hidden = false;
      button.disabled = false;
      button.focus();
    };

    const challenge = async () => {
      const answer = await fetch(box.dataset.challengeUrl, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Requested-With": "fetch" },
        credentials: "same-origin",
        redirect: "manual",
      });
      // A session that has ended, or a code that is asked for again.
      if (answer.type === "opaqueredirect") {
        window.location.reload();
        return null;
      }
      const said = await answer.json();
      if (answer.ok) return said;
      say(said.message);
      return null;
    };

    const start = async () => {
      button.disabled = true;
      error.hidden = true;
      try {
        const options = await challenge();
        if (!options) return;
        form.elements.namedItem("credential").value = written(await ask[box.dataset.passkey](options));
        form.submit();
      } catch (reason) {
        say(box.dataset[reasons[reason.name]] || box.dataset.failed);
      }
    };

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      start();
    });
    box.querySelector("[data-passkey-without]").hidden = true;
    form.hidden = false;
  };

  document.querySelectorAll("[data-passkey]").forEach(prepare);
})();
