import { Anchor, Button, type AnchorProps, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import { forwardRef, type ComponentPropsWithoutRef } from 'react';

type AnchorAttributes = Omit<ComponentPropsWithoutRef<'a'>, keyof AnchorProps | keyof ButtonProps>;

/** A link within the dashboard. */
export const LinkAnchor = createLink(
  forwardRef<HTMLAnchorElement, AnchorProps & AnchorAttributes>(function LinkAnchor(props, ref) {
    return <Anchor ref={ref} {...props} />;
  }),
);

/** A link within the dashboard that looks like a button. */
export const LinkButton = createLink(
  forwardRef<HTMLAnchorElement, ButtonProps & AnchorAttributes>(function LinkButton(props, ref) {
    return <Button component="a" ref={ref} {...props} />;
  }),
);
