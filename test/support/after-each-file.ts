// Registered before any hook of the file itself, so that it is the last one to run.
import { afterAll } from "vitest";
import { endDatabases } from "./database.js";

afterAll(endDatabases);
