import {
  createTheme,
  localStorageColorSchemeManager,
  Portal,
  Tooltip,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core';

const indigo: MantineColorsTuple = [
  '#eef2ff',
  '#dfe5ff',
  '#bccaff',
  '#94abfb',
  '#6f8ef5',
  '#5577ee',
  '#3b5bdb',
  '#3450c4',
  '#2c44a8',
  '#22378a',
];

/** The dashboard's look: one accent, quiet surfaces, colors for meaning only. */
export const theme = createTheme({
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace",
  headings: { fontFamily: "'Inter Variable', system-ui, sans-serif", fontWeight: '650' },
  colors: { indigo },
  primaryColor: 'indigo',
  primaryShade: { light: 6, dark: 6 },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  components: {
    // Within a landmark, so that what opens above the page is a part of it for those who do not see it.
    Portal: Portal.extend({ defaultProps: { target: '#overlays' } }),
    // A dialog's header is not the page's banner.
    ModalHeader: { defaultProps: { role: 'none' } },
    Tooltip: Tooltip.extend({
      defaultProps: { openDelay: 150, multiline: true, maw: 320, events: { hover: true, focus: true, touch: true } },
    }),
  },
});

const texts = {
  '--mantine-color-dimmed': 'var(--rez-dim)',
  '--mantine-color-error': 'var(--rez-bad)',
  '--mantine-color-placeholder': 'var(--rez-dim)',
};

/** Mantine's own variables where they differ from its defaults: what reads as dim still has contrast enough. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: texts,
  dark: {
    ...texts,
    '--mantine-color-body': '#15171a',
    '--mantine-color-text': '#e4e7eb',
    '--mantine-color-default': '#23272c',
    '--mantine-color-default-hover': '#2b3036',
    '--mantine-color-default-border': '#3a3f46',
    '--mantine-color-anchor': '#94abfb',
  },
});

/** Where the choice of colors is kept; public/color-scheme.js reads it before the first paint. */
export const colorSchemeManager = localStorageColorSchemeManager({ key: 'rez-color-scheme' });
