import type { ErrorObject } from "ajv/dist/2020.js";

/** Values that are not repeated. Of notifications, addresses too: many web hooks have their secret there. */
const SECRET = /password|secret|token|^notifications\.hooks|^telemetry\.traces\.headers/i;

/** What is wrong with a key of a file that a person wrote, and what the key accepts. For a schema compiled with `verbose`. */
export function explainKey(error: ErrorObject): string {
  const key = error.instancePath.slice(1).replaceAll("/", ".") || "the file";
  switch (error.keyword) {
    case "additionalProperties":
      return `${key} has no key "${error.params["additionalProperty"]}"; it accepts ${Object.keys(error.parentSchema?.["properties"] ?? {}).join(", ")}`;
    case "required":
      return `${key} lacks the key "${error.params["missingProperty"]}"`;
    case "enum":
      return `${key} is ${JSON.stringify(error.data)}; it accepts ${error.params["allowedValues"].join(", ")}`;
    default:
      if (SECRET.test(key)) return `${key} is not taken as it is; it ${error.message}`;
      return `${key} is ${JSON.stringify(error.data)}; it ${error.message}`;
  }
}
