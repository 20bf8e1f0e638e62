"""Newsletters: messages of e-mail, and the articles that they are or link to.

`mime` takes a message apart, `mail_batch` holds several as bytes, `html_body` reads the text and, with
`article_links` and `body_elements`, the links to articles. `tracking` says where a link leads without following it,
`service_links` names the links that lead to no article, and `items` makes items.
All input is untrusted: anybody may send a message to a mailbox. Everything takes time linear in the message.
"""
