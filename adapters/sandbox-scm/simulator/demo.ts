/** What to try with the supplier of the demonstration star. */
export const demo = {
  suggestions: (url: string) => [
    {
      text: "the supplier rejects the next order it gets, and sends the next despatch advice twice",
      command: `curl -sX POST ${url}/sandbox-control/misbehave -d '[{"rejectNext":1,"duplicateNext":1}]'`,
    },
  ],
};
