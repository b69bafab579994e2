//! Text with tones: what is said stands without them, colour only helps the eye.

use console::Style;

/// What a piece of text is, and so how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Ordinary.
    Plain,
    /// A name or a heading.
    Strong,
    /// Something beside the point.
    Quiet,
    /// As it should be.
    Good,
    /// Something waits or differs.
    Notice,
    /// Something is broken.
    Bad,
    /// A line that comes.
    Added,
    /// A line that goes.
    Removed,
    /// Where in a file.
    Place,
}

impl Tone {
    fn style(self) -> Style {
        let style = Style::new();
        match self {
            Self::Plain => style,
            Self::Strong => style.bold(),
            Self::Quiet => style.dim(),
            Self::Good | Self::Added => style.green(),
            Self::Notice => style.yellow(),
            Self::Bad | Self::Removed => style.red(),
            Self::Place => style.cyan(),
        }
    }
}

/// A page being written.
#[derive(Debug, Default)]
pub struct Paper {
    text: String,
    colored: bool,
}

impl Paper {
    /// An empty page.
    pub fn new(colored: bool) -> Self {
        Self { text: String::new(), colored }
    }

    /// Writes a piece. Control characters from outside are left out, so that nothing can move a terminal's cursor.
    pub fn write(&mut self, tone: Tone, piece: &str) -> &mut Self {
        let piece: String = piece
            .chars()
            .filter(|&character| !character.is_control() || matches!(character, '\n' | '\t'))
            .collect();
        if self.colored && tone != Tone::Plain && !piece.is_empty() {
            self.text.push_str(&tone.style().force_styling(true).apply_to(piece).to_string());
        } else {
            self.text.push_str(&piece);
        }
        self
    }

    /// Writes an ordinary piece.
    pub fn plain(&mut self, piece: &str) -> &mut Self {
        self.write(Tone::Plain, piece)
    }

    /// Ends the line.
    pub fn end(&mut self) -> &mut Self {
        let kept = self.text.trim_end_matches(' ').len();
        self.text.truncate(kept);
        self.text.push('\n');
        self
    }

    /// What was written.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}
