import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { onSession, sessionIsLost, setSessionLost } from '../../api/session';
import { meQuery, signedInChannel } from '../../services/session';

/** Whether the session has ended while the page was open. */
export function useSessionLost(): boolean {
  return useSyncExternalStore(onSession, sessionIsLost);
}

/** Takes the page up again once somebody has signed in, in this tab or in another. */
export function useSignedInElsewhere(): () => Promise<void> {
  const client = useQueryClient();
  const lookAgain = async () => {
    await client.query({ ...meQuery, staleTime: 0 });
    setSessionLost(false);
    await client.invalidateQueries();
  };
  useEffect(() => {
    const channel = new BroadcastChannel(signedInChannel);
    channel.onmessage = () => void lookAgain().catch(() => undefined);
    return () => channel.close();
  });
  return lookAgain;
}
