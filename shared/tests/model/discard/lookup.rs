//! A look-up that asks the catalog, and what it leaves in memory.

use std::rc::Rc;

use imcaxy_shared::entry::{Ledger, Rule};

use super::api::Kept;
use super::catalog::{Documents, judged};
use super::rules::{Mistake, Rules};
use super::world::World;

/// What a replica's look-up does next.
#[derive(Clone, Debug)]
pub enum Look {
    None,
    /// Read the ledger: the documents are read.
    Ledger {
        key: usize,
        acknowledged: usize,
        trims: Option<i64>,
        documents: Documents,
    },
    /// Read the documents again: rules were dropped meanwhile.
    Again {
        key: usize,
        acknowledged: usize,
        ledger: Rc<Ledger>,
    },
    /// It has answered. Write down what was confirmed.
    Fill {
        key: usize,
        kept: Kept,
    },
}

impl World {
    /// A request begins that cannot be answered from memory; the documents are read.
    pub fn asks(&mut self, place: usize, key: usize) {
        let acknowledged = self.acknowledged();
        let documents = self.catalog.documents(key);
        let trims = self.apis[place].heard.as_ref().map(|known| known.trims);
        self.apis[place].look = Look::Ledger { key, acknowledged, trims, documents };
    }

    pub fn goes_on_asking(&mut self, place: usize, rules: &Rules) -> Result<(), &'static str> {
        match std::mem::replace(&mut self.apis[place].look, Look::None) {
            Look::None => {}
            Look::Ledger { key, acknowledged, trims, documents } => {
                let read = Rc::clone(&self.catalog.ledger);
                self.apis[place].apply(&read, rules);
                let whole = trims == Some(read.trims) || rules.is(Mistake::LookUpsIgnoreWhatWasDropped);
                if whole {
                    return self.finds(place, key, acknowledged, (documents, &read), rules);
                }
                self.apis[place].look = Look::Again { key, acknowledged, ledger: read };
            }
            Look::Again { key, acknowledged, ledger } => {
                let documents = self.catalog.documents(key);
                return self.finds(place, key, acknowledged, (documents, &ledger), rules);
            }
            Look::Fill { key, kept } => {
                let seq = match &self.apis[place].heard {
                    Some(heard) if rules.is(Mistake::FillsAreNotBarred) => heard.seq,
                    _ => kept.seq,
                };
                self.apis[place].memory[key] = Some(Kept { seq, ..kept });
            }
        }
        Ok(())
    }

    /// It hears that a picture is kept, which counted when its fetch began.
    pub fn hears_news(&mut self, place: usize, key: usize) {
        let api = &mut self.apis[place];
        if let (Some(picture), true) = (api.news[key].take(), api.heard.is_some()) {
            api.memory[key] = Some(Kept { picture, seq: picture.stamp });
        }
    }

    fn finds(
        &mut self,
        place: usize,
        key: usize,
        acknowledged: usize,
        (documents, ledger): (Documents, &Rc<Ledger>),
        rules: &Rules,
    ) -> Result<(), &'static str> {
        let found = if rules.is(Mistake::LookUpsIgnoreClosedRules) {
            let open: Vec<Rule> = ledger.open().cloned().collect();
            judged(&documents, &Ledger { rules: open, ..Ledger::clone(ledger) })
        } else {
            judged(&documents, ledger)
        };
        match found {
            Some(picture) => {
                self.may_answer(picture, acknowledged)?;
                self.apis[place].look = Look::Fill { key, kept: Kept { picture, seq: ledger.seq } };
            }
            None => self.apis[place].memory[key] = None,
        }
        Ok(())
    }
}
