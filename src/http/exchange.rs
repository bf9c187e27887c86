//! Requests with their responses, once both are known.
//!
//! In: nothing. Out: the words in which [`super::Connection`] tells what was asked and answered.

use super::head::{RequestHead, ResponseHead};
use crate::base::Side;

/// An upgrade that was asked for and not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The side that asked.
    pub client: Side,
    /// The request.
    pub request: RequestHead,
    /// The response; its status is not 101.
    pub response: ResponseHead,
}

crate::base::pack::pack_struct!(Refusal { client, request, response });
