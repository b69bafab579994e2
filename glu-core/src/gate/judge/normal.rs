//! The normal distribution's quantiles.

/// The value below which a standard normal variable lies with this probability, which must be between 0 and 1.
///
/// Wichura's algorithm AS 241, routine PPND16 (Applied Statistics 37, 1988, pages 477 to 484): accurate to about one part in 10^16.
pub fn inverse_normal(probability: f64) -> f64 {
    let centred = probability - 0.5;
    if centred.abs() <= 0.425 {
        let square = 0.180625 - centred * centred;
        return centred * ratio(square, &CENTRE);
    }
    let tail = if centred < 0.0 { probability } else { 1.0 - probability };
    let distance = (-tail.ln()).sqrt();
    let magnitude =
        if distance <= 5.0 { ratio(distance - 1.6, &TAIL) } else { ratio(distance - 5.0, &FAR_TAIL) };
    magnitude.copysign(centred)
}

/// A quotient of two polynomials, coefficients by rising power.
struct Quotient {
    numerator: [f64; 8],
    denominator: [f64; 8],
}

fn ratio(x: f64, quotient: &Quotient) -> f64 {
    let polynomial = |coefficients: &[f64; 8]| coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c);
    polynomial(&quotient.numerator) / polynomial(&quotient.denominator)
}

#[rustfmt::skip]
#[expect(clippy::excessive_precision, reason = "as they were published")]
const CENTRE: Quotient = Quotient {
    numerator: [
        3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
        4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
    ],
    denominator: [
        1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
        2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
    ],
};

#[rustfmt::skip]
#[expect(clippy::excessive_precision, reason = "as they were published")]
const TAIL: Quotient = Quotient {
    numerator: [
        1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
        1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
    ],
    denominator: [
        1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
    ],
};

#[rustfmt::skip]
#[expect(clippy::excessive_precision, reason = "as they were published")]
const FAR_TAIL: Quotient = Quotient {
    numerator: [
        6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
        2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
    ],
    denominator: [
        1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
    ],
};

#[cfg(test)]
mod tests {
    use super::inverse_normal;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // The middle three are from the algorithm's publication, the others from tables of the distribution.
        for (probability, expected) in [
            (0.5, 0.0),
            (0.99, 2.326_347_874_040_841),
            (0.975, 1.959_963_984_540_054),
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_813_5),
            (1e-20, -9.262_340_089_798_408),
        ] {
            let found = inverse_normal(probability);
            assert!((found - expected).abs() <= 1e-14 * expected.abs().max(1.0), "{probability}: {found}");
        }
    }

    #[test]
    fn both_tails_mirror_each_other() {
        for probability in [0.01, 0.074, 0.076, 0.2, 0.4999] {
            let (lower, upper) = (inverse_normal(probability), inverse_normal(1.0 - probability));
            assert!((lower + upper).abs() < 1e-13, "{probability}: {lower} {upper}");
        }
    }
}
