//! One HTML file, without scripts, that loads nothing.

use super::{
    draw::short,
    picture::{Picture, escaped},
};

/// The widths that pictures are drawn in: for a page and for a phone.
const WIDE: f64 = 720.0;
const NARROW: f64 = 340.0;

/// The most rows of numbers under a picture.
const NUMBERS: usize = 300;

const STYLE: &str = include_str!("page.css");

/// A piece of a section.
pub(super) enum Part {
    Picture(Picture),
    Table {
        head: Vec<String>,
        rows: Vec<Vec<String>>,
    },
    Text(String),
}

pub(super) struct Page {
    html: String,
}

impl Page {
    pub(super) fn new(title: &str) -> Self {
        let title = escaped(title);
        Self {
            html: format!(
                "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
                 <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
                 <link rel=\"icon\" href=\"data:,\">\n\
                 <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
            ),
        }
    }

    fn put(&mut self, parts: &[&str]) {
        for part in parts {
            self.html.push_str(part);
        }
    }

    /// Figures at the top: the figure, what it is, and more about it.
    pub(super) fn headline(&mut self, when: &str, figures: &[(String, &'static str, String)]) {
        self.put(&[
            "<p class=\"when\">",
            &escaped(when),
            "</p>\n<ul class=\"figures\">\n",
        ]);
        for (value, name, more) in figures {
            let (value, more) = (escaped(value), escaped(more));
            self.put(&["<li><strong>", &value, "</strong> ", name]);
            if !more.is_empty() {
                self.put(&["<small>", &more, "</small>"]);
            }
            self.put(&["</li>\n"]);
        }
        self.put(&["</ul>\n"]);
    }

    pub(super) fn section(&mut self, heading: &str, parts: &[Part]) {
        self.put(&["<section>\n<h2>", &escaped(heading), "</h2>\n"]);
        for part in parts {
            match part {
                Part::Picture(picture) => self.picture(picture),
                Part::Table { head, rows } => self.table(head, rows),
                Part::Text(text) => self.put(&["<p>", &escaped(text), "</p>\n"]),
            }
        }
        self.put(&["</section>\n"]);
    }

    /// Drawn twice, since letters that are read on a page are too small on a phone.
    fn picture(&mut self, picture: &Picture) {
        let (head, rows) = picture.table();
        let all = rows.len();
        let shown = rows.iter().take(NUMBERS);
        let rows: Vec<Vec<String>> = shown
            .map(|row| row.iter().map(|cell| short(cell)).collect())
            .collect();
        self.put(&["<figure>\n<h3>", &escaped(picture.title()), "</h3>\n"]);
        self.put(&[
            "<p class=\"reading\">",
            &escaped(picture.reading()),
            "</p>\n",
        ]);
        self.put(&["<div class=\"wide\">", &picture.svg(WIDE), "</div>\n"]);
        self.put(&["<div class=\"narrow\">", &picture.svg(NARROW), "</div>\n"]);
        self.put(&["<details><summary>The numbers</summary>\n"]);
        let head: Vec<String> = head.into_iter().map(str::to_owned).collect();
        self.table(&head, &rows);
        if all > rows.len() {
            let more = format!("<p>The first {} of {all} rows.</p>\n", rows.len());
            self.put(&[&more]);
        }
        self.put(&["</details>\n</figure>\n"]);
    }

    fn table(&mut self, head: &[String], rows: &[Vec<String>]) {
        self.put(&["<div class=\"table\"><table>\n"]);
        if head.iter().any(|name| !name.is_empty()) {
            self.put(&["<thead><tr>"]);
            for name in head {
                self.put(&["<th>", &escaped(name), "</th>"]);
            }
            self.put(&["</tr></thead>\n"]);
        }
        self.put(&["<tbody>\n"]);
        for row in rows {
            self.put(&["<tr>"]);
            for cell in row {
                let is_number = cell.chars().any(|letter| letter.is_ascii_digit())
                    && cell
                        .chars()
                        .all(|letter| letter.is_ascii_digit() || "−-+.,%e".contains(letter));
                self.put(&[
                    if is_number {
                        "<td class=\"n\">"
                    } else {
                        "<td>"
                    },
                    &escaped(cell),
                    "</td>",
                ]);
            }
            self.put(&["</tr>\n"]);
        }
        self.put(&["</tbody>\n</table></div>\n"]);
    }

    pub(super) fn finish(mut self, foot: &str) -> String {
        self.put(&[
            "<footer>",
            &escaped(foot),
            "</footer>\n</main>\n</body>\n</html>\n",
        ]);
        self.html
    }
}
