# Runs R's survival on one data set, an n x 7 matrix of doubles in a file (time, event, five covariates, row by row).
# Each line of standard input names a contender; the answer is a line with its seconds and numbers.
suppressPackageStartupMessages(library(survival))
file_name <- commandArgs(trailingOnly = TRUE)[1]
d <- as.data.frame(matrix(readBin(file_name, "double", file.info(file_name)$size / 8), ncol = 7, byrow = TRUE))
run <- list(
  cox = function() coxph(Surv(V1, V2) ~ V3 + V4 + V5 + V6 + V7, d),
  logrank = function() survdiff(Surv(V1, V2) ~ V3, d),
  "kaplan-meier" = function() survfit(Surv(V1, V2) ~ 1, d)
)
numbers <- list(
  cox = function(fit) coef(fit),
  logrank = function(test) test$chisq,
  "kaplan-meier" = function(curve) c(length(curve$surv), sum(curve$surv))
)
input <- file("stdin", "r")
while (length(name <- readLines(input, 1)) > 0) {
  gc(FALSE)
  start <- Sys.time()
  answer <- run[[name]]()
  seconds <- as.numeric(Sys.time() - start, units = "secs")
  cat(seconds, format(numbers[[name]](answer), digits = 17), "\n")
  flush(stdout())
}
