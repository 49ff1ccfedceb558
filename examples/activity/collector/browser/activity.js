/* eslint-disable -- plain JavaScript, so that a page can have it as it is; its rules are those of types */
// What a user does on a page, sent to the collector that this file came from. See ../../README.md.
(() => {
  const script = document.currentScript;
  const to = new URL(script.dataset.to || "/events", script.src).href;
  const prefix = "activity.";
  const mostKept = 500;
  // Browsers take at most 64 KiB from a page that is being left.
  const batch = 20;
  const longestPauseMs = 3e5;

  const hex = (number, digits) => number.toString(16).padStart(digits, "0");
  // UUID version 7, made of what pages without TLS have too.
  const uuid = () => {
    const random = [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => hex(byte, 2)).join("");
    const time = hex(Date.now(), 12);
    const parts = [time.slice(0, 8), time.slice(8), "7" + random.slice(0, 3), "a" + random.slice(3, 6)];
    return [...parts, random.slice(6, 18)].join("-");
  };
  // Storage throws where the user allows none: then a page is a visit.
  const attempt = (work) => {
    try {
      return work();
    } catch {}
  };
  const kept = (storage, name) => {
    const made = uuid();
    return attempt(() => self[storage][prefix + name] || (self[storage][prefix + name] = made)) || made;
  };
  const user = script.dataset.user || kept("localStorage", "user");
  const session = kept("sessionStorage", "session");

  // Each page has its own queue, so that two tabs don't write over one another's; those of closed pages are taken over.
  const mine = prefix + "queue." + uuid();
  let queue = [];
  attempt(() => {
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith(prefix + "queue.")) continue;
      const text = localStorage[name];
      delete localStorage[name];
      queue = queue.concat(JSON.parse(text));
    }
  });
  const save = () => {
    queue = queue.slice(-mostKept);
    attempt(() => (queue.length ? (localStorage[mine] = JSON.stringify(queue)) : delete localStorage[mine]));
  };
  const remove = (sent) => {
    queue = queue.filter((event) => !sent.includes(event));
    save();
  };

  let pauseMs = 2e3;
  let sending;
  const send = async () => {
    const sent = queue.slice(0, batch);
    if (sending || !sent.length) return;
    sending = true;
    const answer = await fetch(to, { method: "POST", body: JSON.stringify(sent), keepalive: true }).catch(() => ({}));
    sending = false;
    // What was refused would be refused again.
    const done = answer.status < 500 && answer.status !== 429;
    if (done) remove(sent);
    pauseMs = done ? 2e3 : Math.min(2 * pauseMs, longestPauseMs);
  };
  const tick = () => send().finally(() => setTimeout(tick, pauseMs));

  const record = (type, more) => {
    const url = { page: location.pathname.slice(0, 500), referrer: document.referrer.slice(0, 500) || undefined };
    queue.push({ id: uuid(), type, user, session, at: new Date().toISOString(), ...url, ...more });
    save();
  };

  let since = document.visibilityState !== "hidden" && Date.now();
  const look = (visible) => {
    const seconds = (Date.now() - since) / 1e3;
    if (since && seconds > 0) record("time_on_page", { seconds: Math.min(seconds, 86400) });
    since = visible && Date.now();
  };
  const leave = () => {
    look(false);
    const sent = queue.slice(-batch);
    // An answer is for nobody now: the browser's word is taken, and offline the events are kept for the next visit.
    if (sent.length && navigator.onLine && navigator.sendBeacon(to, JSON.stringify(sent))) remove(sent);
  };
  const seen = () => (document.visibilityState === "hidden" ? leave() : look(true));
  addEventListener("visibilitychange", seen, true);
  addEventListener("pagehide", leave);
  addEventListener("online", send);
  addEventListener(
    "click",
    ({ target }) => {
      const button = target.closest?.("[data-activity],button,input[type=submit]");
      if (!button) return;
      const name = button.dataset.activity || button.id || button.value || button.textContent;
      record("button_click", { button: [...name.trim()].slice(0, 100).join("") || "unnamed" });
    },
    true,
  );

  record("page_view");
  tick();
})();
