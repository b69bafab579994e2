//! Tables: aligned for people, with pipes for Markdown.

use super::{Paper, Tone, cell};

/// Rows of cells under a heading.
#[derive(Debug, Default)]
pub struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<(Tone, String)>>,
}

impl Table {
    /// A table with these columns.
    pub fn new(head: &[&'static str]) -> Self {
        Self { head: head.to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<(Tone, String)>) {
        self.rows.push(cells);
    }

    /// Writes it aligned, indented by two; a column that is empty throughout is left out.
    pub fn text(&self, paper: &mut Paper) {
        let width = |text: &str| console::measure_text_width(text);
        let widths: Vec<usize> = (0..self.head.len())
            .map(|column| {
                let widest = self.rows.iter().map(|row| width(&row[column].1)).max().unwrap_or(0);
                if widest == 0 { 0 } else { widest.max(width(self.head[column])) }
            })
            .collect();
        let mut line = |cells: Vec<(Tone, &str)>| {
            paper.plain("  ");
            for (column, (tone, text)) in cells.into_iter().enumerate() {
                if widths[column] > 0 {
                    paper.write(tone, text).plain(&" ".repeat(widths[column] - width(text) + 2));
                }
            }
            paper.end();
        };
        line(self.head.iter().map(|title| (Tone::Quiet, *title)).collect());
        for row in &self.rows {
            line(row.iter().map(|(tone, text)| (*tone, text.as_str())).collect());
        }
    }

    /// Writes it with pipes.
    pub fn markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut text = line(self.head.iter().map(|title| (*title).to_owned()).collect());
        text.push_str(&line(self.head.iter().map(|_| "---".to_owned()).collect()));
        for row in &self.rows {
            text.push_str(&line(row.iter().map(|(_, text)| cell(text)).collect()));
        }
        text
    }
}
