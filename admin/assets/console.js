// The console works without this script. With it, times are those of the reader, lists follow what is typed, and pages that tell of
// what happens now bring themselves up to date.
"use strict";

const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

// tellTimes writes times in the reader's zone; the exact one appears on hover.
function tellTimes(within) {
  for (const time of within.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (isNaN(at) || time.title || time.hasAttribute("data-day")) continue;
    time.title = exact.format(at) + " = " + time.dateTime;
    time.dataset.sent = time.textContent;
    time.textContent = local.format(at);
  }
}

// Paper has no hover: on it times are as they were sent, with their zone.
addEventListener("beforeprint", () => {
  for (const time of document.querySelectorAll("time[data-sent]")) time.textContent = time.dataset.sent;
});
addEventListener("afterprint", () => {
  for (const time of document.querySelectorAll("time[data-sent]")) time.textContent = local.format(new Date(time.dateTime));
});

// offerCopies puts a button beside what has to be entered elsewhere.
function offerCopies(within) {
  if (!navigator.clipboard) return;
  for (const value of within.querySelectorAll("code.copy:not([data-copied])")) {
    value.dataset.copied = "";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copier";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(value.textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    value.after(" ", button);
  }
}

function improve(within) {
  tellTimes(within);
  offerCopies(within);
}

// pageAt fetches a page of the console; nothing where it is another one, such as the sign-in.
async function pageAt(address, signal) {
  const answer = await fetch(address, { signal, headers: { Accept: "text/html" } });
  if (answer.redirected || !(answer.headers.get("Content-Type") || "").startsWith("text/html")) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// exchange replaces the elements with an id by those of another page.
function exchange(page, id) {
  const mine = document.getElementById(id), theirs = page && page.getElementById(id);
  if (!mine || !theirs) return false;
  const fresh = document.adoptNode(theirs);
  improve(fresh);
  mine.replaceWith(fresh);
  return true;
}

// searchAsTyped brings a list up to date while its filter is filled in.
function searchAsTyped(form) {
  let waits, asked;
  const look = async () => {
    if (asked) asked.abort();
    asked = new AbortController();
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
    const address = location.pathname + (query.size ? "?" + query : "");
    const list = document.getElementById(form.dataset.live);
    if (list) list.setAttribute("aria-busy", "true");
    try {
      const page = await pageAt(address, asked.signal);
      if (!exchange(page, form.dataset.live)) return form.submit();
      history.replaceState(null, "", address);
    } catch (fault) {
      if (fault.name !== "AbortError") form.submit();
    }
  };
  form.addEventListener("input", (event) => {
    clearTimeout(waits);
    waits = setTimeout(look, event.target.tagName === "SELECT" ? 0 : 250);
  });
}

// follow looks again every few seconds, while somebody looks.
function follow(main) {
  const again = async () => {
    if (document.visibilityState === "visible" && !main.contains(document.activeElement)) {
      try {
        if (!exchange(await pageAt(location.href), "content")) return location.reload();
      } catch { /* the server is away: the next look tells */ }
    }
    const next = document.getElementById("content");
    if (next.dataset.follow) setTimeout(() => follow(next), next.dataset.follow * 1000);
  };
  again();
}

// tellProgress says that a form is at work, once that takes long.
function tellProgress(form) {
  form.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("data-download")) return; // the page stays, and its button must work again
    const button = form.querySelector("button[type=submit]");
    if (!button) return;
    setTimeout(() => {
      button.disabled = true;
      button.setAttribute("aria-busy", "true");
      const status = document.createElement("p");
      status.className = "hint working";
      status.setAttribute("role", "status");
      status.textContent = form.dataset.progress || "This is being worked on. It can take a while.";
      button.after(status);
    }, 700);
  });
}

improve(document);
document.querySelectorAll("form[data-live]").forEach(searchAsTyped);
document.querySelectorAll("form[method=post]").forEach(tellProgress);
const main = document.getElementById("content");
if (main.dataset.follow) setTimeout(() => follow(main), main.dataset.follow * 1000);
// Back from a page that was left by a form: its button must work again.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
