// What the examples take from the environment: a model, and a database.
import { HoldpointError, openAiModel, type DatabaseOptions, type Model } from "holdpoint";

export type Environment = Readonly<Record<string, string | undefined>>;

/** ChatOpenAI where there is a key, else the scripted demo model. Throws `options_invalid` where its settings cannot work. */
export function modelIn(environment: Environment, demo: () => Model): Model {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseUrl, HOLDPOINT_MODEL: model } = environment;
  if (baseUrl) checkBaseUrl(baseUrl);
  return apiKey
    ? openAiModel({ apiKey, model: model || "gpt-4.1", ...(baseUrl ? { baseUrl } : {}) })
    : demo();
}

/** For a host that brings no database; Holdpoint's own server has one. */
export function databaseIn(environment: Environment): DatabaseOptions {
  const { DATABASE_URL: url, DATABASE_DIRECT_URL: directUrl, HOLDPOINT_HOME: home } = environment;
  return url ? { url, ...(directUrl ? { directUrl } : {}) } : { home: home || ".holdpoint" };
}

function checkBaseUrl(baseUrl: string): void {
  if (URL.canParse(baseUrl) && /^https?:$/.test(new URL(baseUrl).protocol)) return;
  // The value stays out of the message: it may hold a password.
  throw new HoldpointError(
    "options_invalid",
    "OPENAI_BASE_URL is no web address, so no model could be asked. Write one as https://api.openai.com/v1, or leave it out for that one.",
  );
}
