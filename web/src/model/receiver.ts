/** Whom a channel delivers to, in the middle of a sentence. */
export const receiver = (channel: string) => (channel === 'webhook' ? 'the webhook’s receiver' : channel);

/** The same where a sentence begins; ntfy is written as it is. */
export const receiverFirst = (channel: string) => receiver(channel).replace(/^the /, 'The ');

/** Why it cannot be mended by waiting: what it refuses, and what is wrong with its address. */
export const faultsOf = (channel: string) =>
  channel === 'webhook'
    ? {
        refuses: 'our signature',
        remedy: 'Put the secret in place that it knows',
        elsewhere: 'Nothing takes webhooks at the configured address, or the secret is not one',
        correction: 'Correct WEBHOOK_URL or the secret',
      }
    : {
        refuses: 'our token',
        remedy: 'Put a valid one in place',
        elsewhere: 'What answers at the configured address is not ntfy',
        correction: 'Correct NTFY_URL',
      };
