import { asApiError } from '../api/problem';

/** The API's words for a payload's fields, by the form's names: what it calls payload.title is title here. */
export function payloadFaults(thrown: unknown): Record<string, string> {
  if (!thrown) {
    return {};
  }
  const fault = asApiError(thrown);
  return Object.fromEntries(
    fault.fields.map(({ field }) => [field.replace(/^(body\.)?payload\./, ''), fault.field(field) ?? '']),
  );
}
