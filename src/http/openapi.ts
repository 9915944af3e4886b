// The contract as an OpenAPI 3.1 file. Its schema language is JSON Schema 2020-12, which zod writes by itself.
import { z } from "zod";
import { errorCodes, type ErrorCode } from "../kernel/errors.js";
import { components, problemSchema, routes, type Route } from "./contract.js";
import { eventSchema } from "./contract/event.js";
import { statusByCode } from "./problem.js";

type Json = Record<string, unknown>;

/** What every door may answer, beside the refusals of its own. */
const everywhere: readonly ErrorCode[] = ["request_forbidden", "database_unavailable", "internal"];
/** What every door may answer that asks who calls. */
const atTheGate: readonly ErrorCode[] = [
  "credentials_missing",
  "credentials_invalid",
  "rate_limited",
  "issuer_unreachable",
];
const security: Json[] = [{ apiKey: [] }, { bearer: [] }, {}];
const withBody: readonly ErrorCode[] = ["request_not_json", "request_invalid", "request_too_large"];

export function openApiDocument(version: string): Json {
  const { schemas } = z.toJSONSchema(components, { uri: (id) => `#/components/schemas/${id}`, io: "input" });
  const paths: Record<string, Json> = {};
  for (const [name, route] of Object.entries<Route>(routes)) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(name, route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Holdpoint",
      version,
      description:
        "LangGraph's API at the root, the review API under /reviews. Errors are RFC 9457 problems.",
    },
    servers: [{ url: "/" }],
    paths,
    webhooks: { event: { post: told } },
    components: {
      securitySchemes: {
        apiKey: { type: "apiKey", in: "header", name: "X-Api-Key" },
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "An API key, or a JSON Web Token of an issuer.",
        },
      },
      schemas: Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)])),
    },
  };
}

/** What is sent to the addresses of HOLDPOINT_WEBHOOKS. */
const told: Json = {
  operationId: "event",
  tags: ["Webhooks"],
  summary: "Something happened. Signed by Standard Webhooks, and sent again until it is taken.",
  requestBody: {
    required: true,
    content: { "application/cloudevents+json": { schema: schemaOf(eventSchema) } },
  },
  responses: { "2XX": { description: "Taken" } },
};

function operation(name: string, route: Route): Json {
  return {
    operationId: name,
    tags: [route.group],
    summary: route.summary,
    // Nothing is asked for on loopback without an access file.
    ...(route.for === "anybody" ? {} : { security }),
    parameters: [
      ...parameters("path", route.params),
      ...parameters("query", route.query),
      ...parameters("header", route.headers),
    ],
    ...(route.body
      ? { requestBody: { required: true, content: { "application/json": { schema: schemaOf(route.body) } } } }
      : {}),
    responses: {
      ...answerOf(route),
      ...problemsOf(route),
    },
  };
}

function answerOf(route: Route): Json {
  if (route.status === 204) {
    const accepted = { 202: { description: "Accepted, and not done yet" } };
    return { ...(route.accepts ? accepted : {}), 204: { description: "Done" } };
  }
  const type = route.streams ? "text/event-stream" : route.lines ? "application/jsonl" : "application/json";
  return { 200: { description: "OK", content: { [type]: { schema: schemaOf(route.answer) } } } };
}

function parameters(place: "path" | "query" | "header", schema: z.ZodObject | undefined): Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => {
    const { description, ...rest } = schemaOf(field as z.ZodType);
    const required = place === "path" || !(field as z.ZodType).safeParse(undefined).success;
    return { name, in: place, required, ...(description === undefined ? {} : { description }), schema: rest };
  });
}

function problemsOf(route: Route): Json {
  const codes = [
    ...route.problems,
    // A parameter that can be no id names nothing.
    ...(route.params ? (["not_found"] as const) : []),
    ...(route.body ? withBody : (["request_invalid"] as const)),
    ...(route.for === "anybody" ? [] : atTheGate),
    ...(route.for === "staff" || route.for === "operator" ? (["access_forbidden"] as const) : []),
    ...everywhere,
  ];
  const codesByStatus: Record<number, Set<ErrorCode>> = {};
  for (const code of codes) (codesByStatus[statusByCode[code]] ??= new Set()).add(code);
  return Object.fromEntries(
    Object.entries(codesByStatus).map(([status, found]) => [
      status,
      {
        description: [...found].map((code) => `${code}: ${errorCodes[code]}`).join("; "),
        content: { "application/problem+json": { schema: schemaOf(problemSchema) } },
      },
    ]),
  );
}

function schemaOf(schema: z.ZodType): Json {
  const named = components.get(schema);
  if (named) return { $ref: `#/components/schemas/${named.id}` };
  return bare(z.toJSONSchema(schema, { io: "input" }));
}

/** Without what says twice where it stands. */
function bare(schema: object): Json {
  const { $schema: _, $id: __, ...rest } = schema as Json;
  return rest;
}
