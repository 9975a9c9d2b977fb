//! Money by customer and day: what a summary is folded from.
//!
//! One entry a customer and day, whatever the number of rows, in the order of
//! the customers and then of the days. Whole numbers only, so that any split of
//! the rows gives the same table.

use std::ops::Range;

use rayon::prelude::*;

use crate::{
    Error, Observer, Result,
    data::{MinorUnits, Transactions},
    numeric::{Stage, map_chunks, map_chunks_observed},
};

/// Customers in a block. Blocks are built in parallel and never joined: joining
/// would need the memory twice.
pub(super) const BLOCK: usize = 1 << 12;

/// Shares of the blocks that are folded one after the other; see
/// [`DayTable::from_log`].
const SHARES: usize = 4;

/// The day of an entry, and whether a purchase was made on it: the day in the
/// upper 31 bits, the purchase in the lowest. Ordered by day.
///
/// The calendar of the `data` module needs 28 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp(i32);

impl Stamp {
    pub(super) fn new(day: i32, purchase: bool) -> Self {
        Self(day << 1 | i32::from(purchase))
    }

    pub(super) fn day(self) -> i32 {
        self.0 >> 1
    }

    /// Whether any row of the day is a purchase, not only refunds.
    pub(super) fn purchase(self) -> bool {
        self.0 & 1 == 1
    }
}

/// The entries of some customers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Block {
    /// For each customer, where the entries end.
    ends: Vec<u32>,
    stamps: Vec<Stamp>,
    money: Vec<i64>,
}

/// The entries of all customers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct DayTable {
    blocks: Vec<Block>,
}

/// An entry, or a row on its way to becoming one.
pub(super) type Entry = (Stamp, i64);

impl Block {
    fn range(&self, customer: usize) -> Range<usize> {
        let start = customer
            .checked_sub(1)
            .map_or(0, |before| self.ends[before]);
        start as usize..self.ends[customer] as usize
    }

    /// The entries of one of its customers, by day.
    pub(super) fn entries(&self, customer: usize) -> impl ExactSizeIterator<Item = Entry> {
        let range = self.range(customer);
        let stamps = self.stamps[range.clone()].iter().copied();
        stamps.zip(self.money[range].iter().copied())
    }

    pub(super) fn customers(&self) -> usize {
        self.ends.len()
    }

    /// Adds the next customer, whose rows are in any order.
    fn push(&mut self, rows: &mut [Entry]) -> Result<()> {
        // Logs are often in order of time, and merged tables are two sorted
        // runs: the stable sort is quick on both.
        if !rows.is_sorted_by_key(|&(stamp, _)| stamp.day()) {
            rows.sort_by_key(|&(stamp, _)| stamp.day());
        }
        for day in rows.chunk_by(|a, b| a.0.day() == b.0.day()) {
            let purchase = day.iter().any(|(stamp, _)| stamp.purchase());
            let sum: i128 = day.iter().map(|&(_, money)| i128::from(money)).sum();
            let money = MinorUnits::from_sum(sum, "one customer on one day")?.0;
            self.stamps.push(Stamp::new(day[0].0.day(), purchase));
            self.money.push(money);
        }
        let end = u32::try_from(self.stamps.len()).map_err(|_| Error::Overflow {
            what: "more than 4294967295 customer-days in one block of 4096 customers".into(),
        })?;
        self.ends.push(end);
        Ok(())
    }

    fn with_capacity(customers: usize, rows: usize) -> Self {
        Self {
            ends: Vec::with_capacity(customers),
            stamps: Vec::with_capacity(rows),
            money: Vec::with_capacity(rows),
        }
    }

    /// Gives back the room of rows that shared a day.
    fn finished(mut self) -> Self {
        self.stamps.shrink_to_fit();
        self.money.shrink_to_fit();
        self
    }
}

impl DayTable {
    /// Builds a table customer by customer: `gather` adds the rows of one to a
    /// list, at most `count` of them.
    pub(super) fn build(
        customers: usize,
        count: impl Fn(usize) -> usize + Sync,
        gather: impl Fn(usize, &mut Vec<Entry>) + Sync,
    ) -> Result<Self> {
        let block = |range: Range<usize>| {
            let rows = range.clone().map(&count).sum();
            let mut block = Block::with_capacity(range.len(), rows);
            let mut rows = Vec::new();
            for customer in range {
                gather(customer, &mut rows);
                block.push(&mut rows)?;
                rows.clear();
            }
            Ok(block.finished())
        };
        let stage = Stage {
            name: "merging",
            total: customers,
        };
        let blocks = map_chunks_observed(0..customers, BLOCK, stage, &mut (), block)?;
        Ok(Self { blocks })
    }

    /// Builds the table of a log: the day, the purchase and the customer of each of
    /// its rows, and money given row by row.
    ///
    /// The rows of a customer lie all over a log. To fetch them one by one would
    /// wait for memory at every row, so the log is first cut: chunk by chunk,
    /// rows are laid out by the block of their customer, and a block then reads
    /// its part of each chunk end to end. The cut rows are kept in shares, each
    /// let go before the next is folded.
    pub(super) fn from_log(
        log: &Transactions,
        money: &[i64],
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let customers = log.customers().len();
        let stage = Stage {
            name: "summarising",
            total: customers,
        };
        let share_of_customers = customers
            .div_ceil(SHARES)
            .next_multiple_of(BLOCK)
            .max(BLOCK);
        let mut blocks = Vec::with_capacity(customers.div_ceil(BLOCK));
        for (share, chunks) in (0..).zip(cut(log, money, share_of_customers / BLOCK)) {
            let start = (share * share_of_customers).min(customers);
            let end = (start + share_of_customers).min(customers);
            let block = |customers: Range<usize>| {
                fold_block(customers.len(), &chunks, (customers.start - start) / BLOCK)
            };
            blocks.extend(map_chunks_observed(
                start..end,
                BLOCK,
                stage,
                observer,
                block,
            )?);
        }
        Ok(Self { blocks })
    }

    pub(super) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Applies `f` to each block, in parallel, with the columns of its
    /// customers cut to fit.
    pub(super) fn for_each_block<'c, C: Send + 'c>(
        &self,
        columns: impl IndexedParallelIterator<Item = C>,
        f: impl Fn(&Block, C) -> Result<()> + Sync,
    ) -> Result<()> {
        let results: Vec<Result<()>> = self
            .blocks
            .par_iter()
            .zip(columns)
            .map(|(block, columns)| f(block, columns))
            .collect();
        results.into_iter().collect()
    }

    /// The block of a customer and the place in it; `None` for a customer that
    /// the table does not know.
    fn find(&self, customer: usize) -> Option<(&Block, usize)> {
        let block = self.blocks.get(customer / BLOCK)?;
        let within = customer % BLOCK;
        (within < block.customers()).then_some((block, within))
    }

    /// The entries of a customer, by day; none for an unknown one.
    pub(super) fn entries(&self, customer: usize) -> impl Iterator<Item = Entry> {
        let found = self.find(customer).into_iter();
        found.flat_map(|(block, within)| block.entries(within))
    }

    /// How many entries a customer has; 0 for an unknown one.
    pub(super) fn count(&self, customer: usize) -> usize {
        let found = self.find(customer);
        found.map_or(0, |(block, within)| block.range(within).len())
    }
}

/// The rows of one chunk of a log, ordered by the block of their customer; those
/// of one share of the blocks.
struct CutRows {
    /// Where each block starts; one more entry closes the last.
    starts: Vec<u32>,
    /// The place of each row's customer within the block.
    customer: Vec<u16>,
    stamps: Vec<Stamp>,
    money: Vec<i64>,
}

impl CutRows {
    /// Room for as many rows of each block as are counted.
    fn with_counts(counts: &[u32]) -> Self {
        let mut starts = vec![0; counts.len() + 1];
        for (block, count) in counts.iter().enumerate() {
            starts[block + 1] = starts[block] + count;
        }
        let len = starts[counts.len()] as usize;
        Self {
            starts,
            customer: vec![0; len],
            stamps: vec![Stamp::new(0, false); len],
            money: vec![0; len],
        }
    }

    fn range(&self, block: usize) -> Range<usize> {
        self.starts[block] as usize..self.starts[block + 1] as usize
    }
}

/// Cuts a log by block: for each share of the blocks, its rows of each chunk.
fn cut(log: &Transactions, money: &[i64], blocks_in_share: usize) -> [Vec<CutRows>; SHARES] {
    let blocks = blocks_in_share * SHARES;
    // Large enough that a block finds some rows in each chunk.
    let chunk = (64 * blocks).max(1 << 16);
    let chunks = map_chunks(log.len(), chunk, |rows| {
        let customers = &log.customer()[rows.clone()];
        let mut counts = vec![0u32; blocks];
        for customer in customers {
            counts[customer.at() / BLOCK] += 1;
        }
        let counts = |share: usize| &counts[share * blocks_in_share..][..blocks_in_share];
        let mut shares: [CutRows; SHARES] =
            std::array::from_fn(|share| CutRows::with_counts(counts(share)));
        // For each block its share, and the next free place there.
        let mut next: Vec<(usize, u32)> = (0..)
            .zip(&shares)
            .flat_map(|(share, cut)| {
                cut.starts[..blocks_in_share]
                    .iter()
                    .map(move |&start| (share, start))
            })
            .collect();
        let amounts = log.amounts()[rows.clone()].iter().zip(&money[rows.clone()]);
        let days = &log.days()[rows];
        for ((customer, &day), (&amount, &money)) in customers.iter().zip(days).zip(amounts) {
            let (share, slot) = &mut next[customer.at() / BLOCK];
            let (at, cut) = (*slot as usize, &mut shares[*share]);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a block has 2^12 customers"
            )]
            let within = (customer.at() % BLOCK) as u16;
            cut.customer[at] = within;
            cut.stamps[at] = Stamp::new(day, amount >= 0);
            cut.money[at] = money;
            *slot += 1;
        }
        shares
    });
    let mut by_share = [const { Vec::new() }; SHARES];
    for chunk in chunks {
        for (all, share) in by_share.iter_mut().zip(chunk) {
            all.push(share);
        }
    }
    by_share
}

/// Folds the rows of one block: a counting sort by customer, then day by day.
fn fold_block(customers: usize, chunks: &[CutRows], block: usize) -> Result<Block> {
    let mut ends = vec![0usize; customers];
    for chunk in chunks {
        for &customer in &chunk.customer[chunk.range(block)] {
            ends[usize::from(customer)] += 1;
        }
    }
    let mut total = 0;
    for end in &mut ends {
        let start = total;
        total += *end;
        *end = start;
    }
    // Each entry is the start of its customer now, and its end after the rows
    // are laid out.
    let mut rows = vec![(Stamp::new(0, false), 0); total];
    for chunk in chunks {
        let range = chunk.range(block);
        let entries = chunk.stamps[range.clone()]
            .iter()
            .zip(&chunk.money[range.clone()]);
        for (&customer, (&stamp, &money)) in chunk.customer[range].iter().zip(entries) {
            let place = &mut ends[usize::from(customer)];
            rows[*place] = (stamp, money);
            *place += 1;
        }
    }
    let mut block = Block::with_capacity(customers, total);
    let mut start = 0;
    for end in ends {
        block.push(&mut rows[start..end])?;
        start = end;
    }
    Ok(block.finished())
}
