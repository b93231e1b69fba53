// An OpenID provider that stands where FranceConnect+ does in the tests: the npm package oidc-provider, which has
// no part in our code. It listens on 127.0.0.1 and writes one line of JSON, its issuer, when it is ready.
//
// Environment: SITE (our address, where it sends people back to).
// POST /essai with JSON changes how it behaves: {"acr", "sub", "birthdate", "gender", "encrypted",
// "encryption", "alg", "rotate"}. /essai-muet/ never answers.

import { createServer } from "node:http";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { Provider, interactionPolicy } from "oidc-provider";

const site = process.env.SITE;
const person = { acr: "eidas2", sub: "sujet-1", birthdate: "1985-07-31", gender: "male" };
const ways = { encrypted: false, encryption: "ECDH-ES", alg: "ES256" };
let handle = (request, response) => response.writeHead(503).end();
let provider;
let key = newKey("ES256");

function newKey(alg) {
  const { privateKey } =
    alg === "ES256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: randomBytes(8).toString("hex"), alg, use: "sig" };
}

function client() {
  const plain = {
    client_id: "ameli-notify",
    client_secret: "secret-of-the-tests-0123456789abcdef",
    token_endpoint_auth_method: "client_secret_post",
    redirect_uris: [`${site}/connexion/franceconnect/retour/`],
    post_logout_redirect_uris: [`${site}/deconnexion/franceconnect/retour/`],
    id_token_signed_response_alg: ways.alg,
    userinfo_signed_response_alg: ways.alg,
  };
  if (!ways.encrypted) return plain;
  return {
    ...plain,
    jwks_uri: `${site}/franceconnect/cles/`,
    id_token_encrypted_response_alg: ways.encryption,
    id_token_encrypted_response_enc: "A256GCM",
    userinfo_encrypted_response_alg: ways.encryption,
    userinfo_encrypted_response_enc: "A256GCM",
  };
}

function build(issuer) {
  provider = new Provider(issuer, {
    clients: [client()],
    jwks: { keys: [key] },
    acrValues: ["eidas1", "eidas2", "eidas3"],
    claims: { openid: ["sub", "acr"], birthdate: ["birthdate"], gender: ["gender"] },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    pkce: { required: () => true },
    enabledJWA: { idTokenEncryptionAlgValues: ["ECDH-ES", "RSA-OAEP"], userinfoEncryptionAlgValues: ["ECDH-ES", "RSA-OAEP"] },
    features: {
      devInteractions: { enabled: false },
      encryption: { enabled: true },
      jwtUserinfo: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource(context, form) {
          context.body = `<!doctype html><title>Fermer</title>${form}<button form="op.logoutForm" name="logout" value="yes">Fermer la session</button>`;
        },
      },
    },
    interactions: { policy: interactionPolicy.base(), url: (_, interaction) => `/identite/${interaction.uid}` },
    // The provider refuses to read keys from this very machine, where our site stands in the tests.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, birthdate: person.birthdate, gender: person.gender }),
    }),
    // Consent is given at FranceConnect; nothing of ours depends on it.
    async loadExistingGrant(context) {
      const grant = new context.oidc.provider.Grant({
        clientId: context.oidc.client.clientId,
        accountId: context.oidc.session.accountId,
      });
      grant.addOIDCScope("openid birthdate gender");
      await grant.save();
      return grant;
    },
  });
  provider.on("server_error", (_, error) => console.error(error));
  handle = provider.callback();
}

async function read(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

async function identify(request, response) {
  if (request.method === "GET") {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(`<!doctype html><html lang="fr"><title>Fournisseur d’identité d’essai</title>
      <form method="post"><button name="choix" value="oui">Continuer</button>
      <button name="choix" value="non">Annuler</button></form>`);
    return;
  }
  const choice = new URLSearchParams(await read(request)).get("choix");
  const result =
    choice === "oui"
      ? { login: { accountId: person.sub, acr: person.acr, remember: false } }
      : { error: "access_denied", error_description: "User auth aborted" };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

async function change(request, response, issuer) {
  const { rotate, ...wanted } = JSON.parse(await read(request));
  for (const [name, value] of Object.entries(wanted)) {
    (name in person ? person : ways)[name] = value;
  }
  if (rotate || key.alg !== ways.alg) key = newKey(ways.alg);
  build(issuer);
  response.writeHead(204).end();
}

const server = createServer((request, response) => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const answer = request.url.startsWith("/identite/")
    ? identify(request, response)
    : request.url === "/essai"
      ? change(request, response, issuer)
      : handle(request, response);
  Promise.resolve(answer).catch((error) => {
    console.error(error);
    if (!response.headersSent) response.writeHead(500).end();
  });
});
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  build(issuer);
  console.log(JSON.stringify({ issuer }));
});
// The test holds our standard input open: when it ends, however it ends, so do we.
process.stdin.resume().on("end", () => process.exit(0));
