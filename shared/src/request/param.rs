//! imaginary's parameters: names and types.

/// How the values of a parameter are read (`params.go`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Integer, read as a float and rounded.
    Whole,
    /// Float.
    Real,
    /// Bool.
    Flag,
    /// Kept as it is.
    Text,
    /// Output type.
    Format,
    /// `R,G,B`.
    Colour,
    /// `bw`, or anything else.
    Colorspace,
    /// A side, `smart`, or anything else.
    Gravity,
    /// How an edge is filled.
    Extend,
    /// URL of a second picture.
    Link,
    /// JSON list of steps.
    Steps,
}

macro_rules! params {
    ($($variant:ident $name:literal $kind:ident,)*) => {
        /// A parameter that imaginary knows; every other name is ignored, as imaginary does. In the order of their names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each is imaginary's parameter of that name, explained in its README")]
        pub enum Param { $($variant,)* }

        impl Param {
            /// Every parameter.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in a query; case-sensitive.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The parameter of that name.
            pub fn from_name(name: &[u8]) -> Option<Self> {
                Self::ALL.iter().copied().find(|param| param.name().as_bytes() == name)
            }

            /// How its values are read.
            pub const fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)* }
            }
        }
    };
}

// `palette` and `speed` are unknown to imaginary v1.2.4 and known to later builds; they count as known with either.
params! {
    AreaHeight "areaheight" Whole,
    AreaWidth "areawidth" Whole,
    AspectRatio "aspectratio" Text,
    Background "background" Colour,
    Color "color" Text,
    Colorspace "colorspace" Colorspace,
    Compression "compression" Whole,
    Dpi "dpi" Whole,
    Embed "embed" Flag,
    Extend "extend" Extend,
    Factor "factor" Whole,
    Flip "flip" Flag,
    Flop "flop" Flag,
    Font "font" Text,
    Force "force" Flag,
    Gravity "gravity" Gravity,
    Height "height" Whole,
    Image "image" Link,
    Interlace "interlace" Flag,
    Left "left" Whole,
    Margin "margin" Whole,
    MinAmpl "minampl" Real,
    NoCrop "nocrop" Flag,
    NoProfile "noprofile" Flag,
    NoReplicate "noreplicate" Flag,
    NoRotation "norotation" Flag,
    Opacity "opacity" Real,
    Operations "operations" Steps,
    Palette "palette" Flag,
    Quality "quality" Whole,
    Rotate "rotate" Whole,
    Sigma "sigma" Real,
    Speed "speed" Whole,
    StripMeta "stripmeta" Flag,
    Text "text" Text,
    TextWidth "textwidth" Whole,
    Top "top" Whole,
    Type "type" Format,
    Width "width" Whole,
}
