import {
  Button,
  createTheme,
  defaultVariantColorsResolver,
  parseThemeColor,
  type CSSVariablesResolver,
  type VariantColorsResolver,
} from '@mantine/core'

/**
 * Mantine's own pairs of text and background fail AA contrast in many places; these pairs pass in both schemes.
 * Allowed colours: blue, green, red, yellow, orange, gray, teal, violet.
 */
const readableVariants: VariantColorsResolver = (input) => {
  const given = defaultVariantColorsResolver(input)
  const parsed = parseThemeColor({ color: input.color ?? input.theme.primaryColor, theme: input.theme })
  if (!parsed.isThemeColor || parsed.shade !== undefined) return given
  const shade = (step: number): string => `var(--mantine-color-${parsed.color}-${step})`
  switch (input.variant) {
    case 'light':
      return {
        ...given,
        color: `light-dark(${shade(9)}, ${shade(2)})`,
        background: `light-dark(${shade(0)}, color-mix(in srgb, ${shade(9)} 28%, var(--mantine-color-dark-7)))`,
        hover: `light-dark(${shade(1)}, color-mix(in srgb, ${shade(9)} 40%, var(--mantine-color-dark-7)))`,
      }
    case 'outline':
    case 'subtle':
    case 'transparent':
    case 'dot':
      return { ...given, color: `light-dark(${shade(9)}, ${shade(3)})` }
    case 'white':
      return { ...given, color: shade(9) }
    case 'filled':
      return parsed.color === 'blue'
        ? {
            ...given,
            background: 'var(--accent)',
            hover: 'var(--accent-hover)',
            color: 'var(--on-accent)',
          }
        : given
    default:
      return given
  }
}

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    '--mantine-primary-color-filled': 'var(--accent)',
    '--mantine-primary-color-filled-hover': 'var(--accent-hover)',
    '--mantine-primary-color-contrast': 'var(--on-accent)',
  },
  light: {
    '--mantine-color-body': 'var(--paper)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-7)',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
    '--mantine-color-anchor': 'var(--mantine-color-blue-9)',
    '--mantine-color-green-9': '#1f6f31',
    '--mantine-color-teal-9': '#086f4d',
    '--mantine-color-yellow-9': '#8f5200',
    '--mantine-color-orange-9': '#a33a06',
    '--mantine-color-red-9': '#b42525',
  },
  dark: {
    '--mantine-color-body': 'var(--paper)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-default': 'var(--paper)',
    '--mantine-color-default-hover': 'var(--hover)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
    '--mantine-color-anchor': 'var(--mantine-color-blue-3)',
  },
})

export const theme = createTheme({
  primaryColor: 'blue',
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  luminanceThreshold: 0.2,
  variantColorResolver: readableVariants,
  fontFamily: "'Inter Variable', Inter, system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, monospace",
  fontSizes: { xs: '12.5px', sm: '14px', md: '14px', lg: '15px', xl: '17px' },
  defaultRadius: 'md',
  focusRing: 'auto',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: { Button: Button.extend({ defaultProps: { size: 'sm', variant: 'filled' } }) },
})
