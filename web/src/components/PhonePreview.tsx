import { Text } from '@mantine/core';
import { IconBellRinging, IconPaperclip } from '@tabler/icons-react';
import { shownTags } from '../model/emoji';
import { isPicture } from '../model/notification';
import type { Notification } from '../services/types';

const priorities: Record<number, string> = { 1: 'Min', 2: 'Low', 4: 'High', 5: 'Max' };

/** A notification about as a phone shows it. */
export function PhonePreview({ notification: n }: { notification: Notification }) {
  const { emoji, names } = shownTags(n.tags);
  const urgent = n.priority && n.priority !== 3 ? priorities[n.priority] : undefined;
  return (
    <figure className="phone" aria-label="As a phone would show it">
      <div className="phone-card">
        <div className="phone-head">
          <IconBellRinging size={14} aria-hidden />
          <span className="truncate">ntfy{n.topic ? ` · ${n.topic}` : ''}</span>
          {urgent && (
            <span className="phone-priority" data-tone={(n.priority ?? 3) > 3 ? 'bad' : 'neutral'}>
              {urgent} priority
            </span>
          )}
        </div>
        <div className="phone-body">
          <div style={{ minWidth: 0, flex: 1 }}>
            {(n.title ?? emoji) && <div className="phone-title">{n.title ? `${emoji} ${n.title}`.trim() : null}</div>}
            <div className="phone-text" tabIndex={0}>
              {!n.title && emoji ? `${emoji} ` : ''}
              {n.message?.trim()
                ? n.message
                : n.attach
                  ? `You received a file: ${fileName(n)}`
                  : !n.title && (
                      <Text span c="dimmed" size="sm">
                        Nothing to show yet
                      </Text>
                    )}
            </div>
          </div>
          {isPicture(n.icon) && (
            <img src={n.icon} alt="" width={40} height={40} className="phone-icon" referrerPolicy="no-referrer" />
          )}
        </div>
        {n.attach && <Attachment notification={n} />}
        {names.length > 0 && <div className="phone-tags">Tags: {names.join(', ')}</div>}
        {n.actions && n.actions.length > 0 && (
          <div className="phone-actions">
            {n.actions.map(({ label }, i) => (
              <span key={i}>{label || '…'}</span>
            ))}
          </div>
        )}
      </div>
      <figcaption>{captionOf(n)}</figcaption>
    </figure>
  );
}

function Attachment({ notification: n }: { notification: Notification }) {
  if (isPicture(n.attach) && /\.(png|jpe?g|gif|webp|svg)$/i.test(new URL(n.attach).pathname)) {
    return (
      <img src={n.attach} alt={fileName(n)} className="phone-attachment" loading="lazy" referrerPolicy="no-referrer" />
    );
  }
  return (
    <div className="phone-file">
      <IconPaperclip size={14} aria-hidden />
      <span className="truncate">{fileName(n)}</span>
    </div>
  );
}

const fileName = (n: Notification) => n.filename ?? n.attach?.split(/[?#]/)[0]?.split('/').pop() ?? 'attachment';

function captionOf(n: Notification): string {
  return [
    n.click && `A tap opens ${n.click}.`,
    n.delay && `ntfy itself shows it later: ${n.delay}.`,
    n.markdown && 'The text is Markdown, which ntfy’s apps draw.',
  ]
    .filter(Boolean)
    .join(' ');
}
